#pragma once

// Logits as the model gives them, seen as floats.

#include <executorch/runtime/core/exec_aten/exec_aten.h>

#include <cstddef>
#include <span>
#include <type_traits>

#include "base/status.h"
#include "sampling/sampler_chain.h"

namespace etllm::sampling {

/// The last position of `logits` ([vocab], [batch, vocab] or [batch, seq,
/// vocab]; float, half, bfloat16 or uint16): floats where the tensor has them,
/// other types converted into the buffer of `chain`. kNotSupported for other
/// types and shapes.
Result<std::span<const float>> last_position(
    const executorch::aten::Tensor& logits, SamplerChain& chain);

/// The last `count` positions, at least one, one behind the other.
/// kNotSupported when the tensor has fewer, too.
Result<std::span<const float>> last_positions(
    const executorch::aten::Tensor& logits, std::size_t count,
    SamplerChain& chain);

/// The same for `size` logits in memory.
template <typename T>
std::span<const float> as_floats(const T* logits, std::size_t size,
                                 SamplerChain& chain) {
  if constexpr (std::is_same_v<T, float>) {
    return {logits, size};
  } else {
    const std::span<float> floats = chain.logits_buffer(size);
    for (std::size_t i = 0; i < size; ++i) {
      floats[i] = static_cast<float>(logits[i]);
    }
    return floats;
  }
}

}  // namespace etllm::sampling
