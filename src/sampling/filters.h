#pragma once

// The steps of the sampler, each in a file of its own. All work on buffers
// that keep their capacity, so that a token costs no allocation.

#include <cstdint>
#include <span>
#include <vector>

#include "sampling/candidate.h"
#include "sampling/logits_blocks.h"

namespace etllm::sampling {

/// The lowest id that has the largest logit; -1 without logits. Requires fewer
/// than 2^31 of them.
std::int32_t argmax(const LogitsBlocks& blocks);

/// What a softmax multiplies differences of logits by: 1 / temperature, or the
/// largest float.
float softmax_scale(float temperature);

/// Turns logits into weights by softmax at `temperature`, which is above 0: a
/// weight is a probability divided by that of `maximum`, the largest logit,
/// which is not -infinity; 0 below `floor`. Returns the sum of the weights. No
/// NaN; `weights` has the size of `logits`.
double to_weights(std::span<const float> logits, float maximum,
                  float temperature, float floor, std::span<float> weights);

/// Makes `candidates` the `k` largest of the logits above -infinity in any
/// order, or all of them when there are fewer. `k` is above 0.
void select_top_k(const LogitsBlocks& blocks, std::int32_t k,
                  std::vector<Candidate>& candidates);

/// Makes `candidates` the logits above -infinity that are at least
/// `threshold`, in the order of their ids. False when there are more than
/// `limit`; `candidates` means nothing then.
bool select_at_least(const LogitsBlocks& blocks, float threshold,
                     std::size_t limit, std::vector<Candidate>& candidates);

/// Turns the logits of candidates into weights as `to_weights` does, drops
/// those without weight, and returns the sum.
double weigh(float maximum, float temperature,
             std::vector<Candidate>& candidates);

/// Makes `candidates` the logits whose weight is above some border, with their
/// weights and in the order of their ids: no border is so high that
/// `apply_top_p` and `apply_min_p` lose a token that they would keep. The
/// blocks are weighed. False when there are too many to put them in order:
/// `candidates` means nothing then, and `draw_from_nucleus` serves.
bool select_nucleus(const LogitsBlocks& blocks, float top_p, float min_p,
                    std::vector<Candidate>& candidates);

/// Keeps the likeliest candidates that together reach `top_p` (0 to 1) of
/// `total`, the one that crosses the border included. `total` may be more than
/// the candidates have: what is missing is less likely than all of them.
void apply_top_p(float top_p, double total, std::vector<Candidate>& candidates);

/// Keeps the candidates whose weight is at least `min_p`.
void apply_min_p(float min_p, std::vector<Candidate>& candidates);

/// The id whose share of the blocks' weights contains the fraction `uniform`
/// (0 to 1) of them. An id without weight is never drawn. Requires a weight
/// above 0.
std::int32_t draw(const LogitsBlocks& blocks, double uniform);
/// The same for candidates.
std::int32_t draw(std::span<const Candidate> candidates, double uniform);

}  // namespace etllm::sampling
