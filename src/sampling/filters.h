#pragma once

// The steps of the sampler, each in a file of its own. All work on buffers
// that keep their capacity, so that a token costs no allocation.

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

/// Turns logits into weights by softmax at `temperature`, which is above 0: a
/// weight is a probability divided by that of `maximum`, the largest logit,
/// which is not -infinity. Returns the sum of the weights. No NaN; `weights`
/// has the size of `logits`.
double to_weights(std::span<const float> logits, float maximum,
                  float temperature, std::span<float> weights);

/// Makes `candidates` the `k` likeliest of the weights above 0 in any order,
/// or all of them when there are fewer. `k` is above 0.
void select_top_k(std::span<const float> weights, std::int32_t k,
                  std::vector<Candidate>& candidates);

/// Makes `candidates` the weights above 0 that are at least `threshold`, in
/// the order of their ids.
void select_at_least(std::span<const float> weights, float threshold,
                     std::vector<Candidate>& candidates);

/// Keeps the likeliest candidates that together reach `top_p` (0 to 1) of
/// `total`, the one that crosses the border included. `total` may be more than
/// the candidates have: what is missing is less likely than all of them.
void apply_top_p(float top_p, double total, std::vector<Candidate>& candidates);

/// Keeps the candidates whose weight is at least `min_p`.
void apply_min_p(float min_p, std::vector<Candidate>& candidates);

/// The id whose share of `total`, the sum of the weights, contains the
/// fraction `uniform` (0 to 1) of it. An id without weight is never drawn.
/// Requires a weight above 0.
std::int32_t draw(std::span<const float> weights, double total, double uniform);
/// The same for candidates.
std::int32_t draw(std::span<const Candidate> candidates, double uniform);

}  // namespace etllm::sampling
