#pragma once

// The steps of the sampler, each in a file of its own. All work in place on a
// buffer that keeps its capacity, so that a token costs no allocation.

#include <cstdint>
#include <span>
#include <vector>

#include "sampling/candidate.h"

namespace etllm::sampling {

/// What one pass over the logits finds.
struct LogitsSummary {
  float maximum;        ///< -infinity when there are no logits.
  std::int32_t argmax;  ///< The lowest id of the maximum; -1 when none.
  bool has_nan;
};

/// Requires fewer than 2^31 logits.
LogitsSummary summarize(std::span<const float> logits);

/// Makes `candidates` the `k` likeliest logits in any order, or all that are
/// above -infinity when `k` is 0 or not below their number. No NaN.
void select_top_k(std::span<const float> logits, std::int32_t k,
                  std::vector<Candidate>& candidates);

/// Turns the logits of `candidates` into weights by softmax at `temperature`,
/// which is above 0. `maximum` is the largest of them. Candidates that could
/// not be drawn in the age of the universe are dropped.
void apply_temperature(float maximum, float temperature,
                       std::vector<Candidate>& candidates);

/// Keeps the likeliest candidates that together have `top_p` (0 to 1) of all
/// weight, the one that crosses the border included.
void apply_top_p(float top_p, std::vector<Candidate>& candidates);

/// Keeps the candidates whose weight is at least `min_p` of the largest.
void apply_min_p(float min_p, std::vector<Candidate>& candidates);

}  // namespace etllm::sampling
