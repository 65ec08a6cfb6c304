#include "evaluation/token_score.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace etllm::evaluation {
namespace {

/// Mean of log(p / q) under p, where p is the reference. A token that p rules
/// out counts nothing, whatever q says.
double divergence_of(std::span<const float> logits, double log_sum,
                     std::span<const float> reference,
                     double reference_log_sum) {
  double sum = 0;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const double log_p = static_cast<double>(reference[i]) - reference_log_sum;
    const double p = std::exp(log_p);
    if (p == 0) continue;
    sum += p * (log_p - (static_cast<double>(logits[i]) - log_sum));
  }
  // Rounding takes the divergence of equals below its least value.
  return std::max(sum, 0.0);
}

}  // namespace

double log_sum_exp(std::span<const float> logits) {
  // Without it the exponentials of large logits would be infinite.
  const double largest = *std::ranges::max_element(logits);
  if (std::isinf(largest)) return largest;
  double sum = 0;
  for (const float logit : logits) {
    sum += std::exp(static_cast<double>(logit) - largest);
  }
  return largest + std::log(sum);
}

std::size_t likeliest(std::span<const float> logits) {
  return static_cast<std::size_t>(std::ranges::max_element(logits) -
                                  logits.begin());
}

TokenScore score_token(std::span<const float> logits, std::size_t token) {
  TokenScore score;
  score.loss = log_sum_exp(logits) - static_cast<double>(logits[token]);
  return score;
}

TokenScore score_token(std::span<const float> logits,
                       std::span<const float> reference, std::size_t token) {
  const double log_sum = log_sum_exp(logits);
  const double reference_log_sum = log_sum_exp(reference);
  TokenScore score;
  score.loss = log_sum - static_cast<double>(logits[token]);
  score.reference_loss =
      reference_log_sum - static_cast<double>(reference[token]);
  score.divergence =
      divergence_of(logits, log_sum, reference, reference_log_sum);
  score.has_same_top = likeliest(logits) == likeliest(reference);
  return score;
}

}  // namespace etllm::evaluation
