#pragma once

// Logits as the model gives them, made floats.

#include <executorch/runtime/core/exec_aten/exec_aten.h>

#include <span>

#include "base/status.h"
#include "sampling/sampler_chain.h"

namespace etllm::sampling {

/// Copies the last position of `logits` ([vocab], [batch, vocab] or [batch,
/// seq, vocab]; float, half, bfloat16 or uint16) into the buffer of `chain`.
/// kNotSupported for other types and shapes.
Result<std::span<float>> last_position(const executorch::aten::Tensor& logits,
                                       SamplerChain& chain);

/// Converts `count` logits.
template <typename T>
void to_float(const T* logits, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<float>(logits[i]);
  }
}

}  // namespace etllm::sampling
