#pragma once

// How well logits foretell a token, and how far two distributions are from
// each other. Sums are in double: a vocabulary has 100,000 terms.

#include <cstddef>
#include <span>

namespace etllm::evaluation {

/// The logarithm of the sum of all exponentials; NaN when a logit is NaN.
/// `logits` is not empty.
double log_sum_exp(std::span<const float> logits);

/// The index of the largest logit, the lowest of equals.
std::size_t likeliest(std::span<const float> logits);

/// What is known about one token of a text.
struct TokenScore {
  double loss = 0;  ///< The negative logarithm of its probability.
  /// Only with a reference: its loss, KL(reference || model) of the two
  /// distributions, and whether both find the same token likeliest.
  double reference_loss = 0;
  double divergence = 0;
  bool has_same_top = false;
};

/// Scores the token that was next; `token` is an index of `logits`.
TokenScore score_token(std::span<const float> logits, std::size_t token);

/// The same beside a reference with as many logits.
TokenScore score_token(std::span<const float> logits,
                       std::span<const float> reference, std::size_t token);

}  // namespace etllm::evaluation
