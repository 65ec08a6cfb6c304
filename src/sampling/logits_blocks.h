#pragma once

// The logits of a token as the sampler sees them: one pass over the whole
// vocabulary, after which the steps look only into blocks that matter to them.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/dispatch/kernel_set.h"
#include "sampling/candidate.h"

namespace etllm::sampling {

/// Keeps its buffers' capacity, so that a token costs no allocation.
class LogitsBlocks {
 public:
  static constexpr std::size_t kBlock = kernels::kLogitsBlock;

  /// Reads `logits`, which have to live as long as the blocks are used. At a
  /// temperature of 0 there are no weights and no total.
  void summarize(std::span<const float> logits, float temperature);

  std::span<const float> logits() const { return logits_; }
  float temperature() const { return temperature_; }
  /// When there is one, nothing else means anything.
  bool has_nan() const { return has_nan_; }
  /// The largest logit; -infinity when there are none.
  float maximum() const { return maximum_; }
  /// The sum of all weights: a weight is a probability divided by that of the
  /// largest logit; 0 for what has been left out.
  double total() const { return total_; }

  std::size_t size() const { return maxima_.size(); }
  std::span<const float> block(std::size_t i) const;
  float maximum_of(std::size_t block) const { return maxima_[block]; }
  /// The sum of the block's weights.
  double weight_of(std::size_t block) const { return weights_[block]; }
  /// Writes the weights of the block's logits, and returns their sum.
  double weigh(std::size_t block, std::span<float> weights) const;

  /// Leaves out `id`, which has a weight, and all that is not likelier. Returns
  /// the weight that `id` had.
  float keep_likelier_than(std::int32_t id);

 private:
  void weigh_blocks();
  double mass_of(std::size_t block) const;

  std::span<const float> logits_;
  float temperature_ = 0;
  bool has_nan_ = false;
  float maximum_ = 0;
  double total_ = 0;
  Candidate limit_{};  // Only what is likelier has a weight.
  std::vector<float> maxima_;
  std::vector<float> masses_;
  std::vector<float> factors_;
  std::vector<double> weights_;
};

}  // namespace etllm::sampling
