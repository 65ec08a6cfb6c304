#include "kernels/moe/router.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

namespace etllm::kernels {
namespace {

/// In sixteen sums, which the compiler keeps in vectors.
float dot(const float* a, const float* b, std::size_t size) {
  std::array<float, 16> sums{};
  std::size_t i = 0;
  for (; i + sums.size() <= size; i += sums.size()) {
    for (std::size_t lane = 0; lane < sums.size(); ++lane) {
      sums[lane] += a[i + lane] * b[i + lane];
    }
  }
  float total = std::accumulate(sums.begin(), sums.end(), 0.0f);
  for (; i < size; ++i) total += a[i] * b[i];
  return total;
}

float sigmoid(float x) { return 1.0f / (1.0f + std::exp(-x)); }

void normalise_sigmoids(std::vector<ExpertShare>& shares, float scale) {
  float sum = 0;
  for (const ExpertShare& share : shares) sum += share.weight;
  // Not an epsilon in the sum, which would weaken a token with low scores.
  sum = std::max(sum, std::numeric_limits<float>::min());
  for (ExpertShare& share : shares) share.weight *= scale / sum;
}

void normalise_scores(std::vector<ExpertShare>& shares) {
  float largest = shares.front().weight;
  for (const ExpertShare& share : shares) {
    largest = std::max(largest, share.weight);
  }
  float sum = 0;
  for (ExpertShare& share : shares) {
    share.weight = std::exp(share.weight - largest);
    sum += share.weight;
  }
  for (ExpertShare& share : shares) share.weight /= sum;
}

}  // namespace

std::vector<ExpertShare> choose_experts(const MoeShape& shape,
                                        const MoeWeights& weights,
                                        const float* x) {
  const bool is_sigmoid = weights.score == ExpertScore::kSigmoid;
  std::vector<float> scores(shape.experts);
  std::vector<float> ranks(shape.experts);
  for (std::size_t e = 0; e < shape.experts; ++e) {
    const float score = dot(weights.router + e * shape.dim, x, shape.dim);
    scores[e] = is_sigmoid ? sigmoid(score) : score;
    ranks[e] =
        weights.bias == nullptr ? scores[e] : scores[e] + weights.bias[e];
  }
  std::vector<std::uint32_t> order(shape.experts);
  sort_best(ranks, shape.active_experts, order);
  std::vector<ExpertShare> shares;
  shares.reserve(shape.active_experts);
  for (std::size_t i = 0; i < shape.active_experts; ++i) {
    shares.push_back({order[i], scores[order[i]]});
  }
  if (is_sigmoid) {
    normalise_sigmoids(shares, weights.route_scale);
  } else {
    normalise_scores(shares);
  }
  return shares;
}

}  // namespace etllm::kernels
