#pragma once

// What a caller asks of the sampler, and whether it makes sense.

#include <cstdint>
#include <optional>

#include "base/status.h"

namespace etllm::sampling {

/// Every filter is off by default. They apply in this order: penalties,
/// temperature, top-k, top-p, min-p.
struct SamplingParams {
  float temperature = 0.0f;         ///< 0 takes the likeliest token.
  std::int32_t top_k = 0;           ///< 0 keeps all.
  float top_p = 1.0f;               ///< 1 keeps all.
  float min_p = 0.0f;               ///< 0 keeps all.
  float repetition_penalty = 1.0f;  ///< 1 is off.
  float presence_penalty = 0.0f;
  float frequency_penalty = 0.0f;
  std::optional<std::uint64_t> seed;  ///< None: the system's entropy.

  bool has_penalties() const {
    return repetition_penalty != 1.0f || presence_penalty != 0.0f ||
           frequency_penalty != 0.0f;
  }
};

/// kInvalidArgument with a sentence that names the option and its range.
Status validate(const SamplingParams& params);

}  // namespace etllm::sampling
