#include "kernels/moe/expert_choice.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace etllm::kernels {

void sort_best(std::span<const float> ranks, std::size_t count,
               std::span<std::uint32_t> order) {
  std::iota(order.begin(), order.end(), std::uint32_t{0});
  // An order with NaN in it would not be one.
  const auto rank_of = [ranks](std::uint32_t index) {
    const float rank = ranks[index];
    return std::isnan(rank) ? -std::numeric_limits<float>::infinity() : rank;
  };
  std::partial_sort(order.begin(),
                    order.begin() + static_cast<std::ptrdiff_t>(count),
                    order.end(), [&](std::uint32_t a, std::uint32_t b) {
                      const float first = rank_of(a);
                      const float second = rank_of(b);
                      return first != second ? first > second : a < b;
                    });
}

namespace {

/// Shares that are relative to the largest logit, and the sum of what all
/// experts would have.
float softmax_shares(std::span<const float> logits,
                     std::span<ExpertShare> shares) {
  const float largest = logits[shares.front().expert];
  for (ExpertShare& share : shares) {
    share.weight = std::exp(logits[share.expert] - largest);
  }
  float total = 0;
  for (const float logit : logits) total += std::exp(logit - largest);
  return total;
}

float sum_of(std::span<const ExpertShare> shares) {
  float sum = 0;
  for (const ExpertShare& share : shares) sum += share.weight;
  return sum;
}

}  // namespace

void share_token(std::span<const float> logits, const ExpertRule& rule,
                 std::span<std::uint32_t> order,
                 std::span<ExpertShare> shares) {
  sort_best(logits, shares.size(), order);
  for (std::size_t i = 0; i < shares.size(); ++i) shares[i] = {order[i], 0};
  float total = 1;
  if (rule.scoring == ExpertScoring::kSoftmax) {
    total = softmax_shares(logits, shares);
  } else {
    for (ExpertShare& share : shares) {
      share.weight = 1 / (1 + std::exp(-logits[share.expert]));
    }
  }
  if (rule.normalise) {
    // Not an epsilon in the sum, which would weaken a token with low scores.
    total = std::max(sum_of(shares), std::numeric_limits<float>::min());
  }
  for (ExpertShare& share : shares) share.weight *= rule.scale / total;
  std::ranges::sort(shares, {}, &ExpertShare::expert);
}

}  // namespace etllm::kernels
