#pragma once

// The whole way from logits to a token.
//
//   SamplerChain chain;
//   chain.configure(params);
//   Result<std::int32_t> token = chain.sample(logits);

#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "base/status.h"
#include "sampling/candidate.h"
#include "sampling/logits_blocks.h"
#include "sampling/penalties.h"
#include "sampling/sampling_params.h"

namespace etllm::sampling {

/// Owns the random number generator and the buffers. One thread at a time. The
/// chain believes the number of logits it is given, and may be given another
/// one each time.
class SamplerChain {
 public:
  /// Requires valid parameters. With a seed, the random numbers start anew;
  /// without one they come from the system's entropy, and go on where an
  /// earlier configuration without a seed left off. The history is forgotten.
  void configure(const SamplingParams& params);
  const SamplingParams& params() const { return params_; }
  void set_temperature(float temperature) { params_.temperature = temperature; }

  /// What the penalties know about; worth filling only when there are any.
  TokenHistory& history() { return history_; }

  /// A buffer of `size` floats for logits that have to be converted first, to
  /// be filled and given to `sample`.
  std::span<float> logits_buffer(std::size_t size);

  /// Selects a token. The logits are read where they are, and only copied when
  /// there are penalties. kInvalidData when a logit is not a number or none is
  /// above -infinity.
  Result<std::int32_t> sample(std::span<const float> logits);

 private:
  std::span<const float> penalized(std::span<const float> logits);
  std::int32_t select();
  std::int32_t draw_from_nucleus();
  double uniform();

  SamplingParams params_;
  TokenHistory history_;
  std::vector<float> logits_;
  LogitsBlocks blocks_;
  std::vector<Candidate> candidates_;
  std::mt19937_64 random_;
  bool is_seeded_ = false;
  bool has_callers_seed_ = false;
};

}  // namespace etllm::sampling
