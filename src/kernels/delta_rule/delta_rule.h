#pragma once

// The gated delta rule, the recurrence of linear attention layers such as
// those of Qwen 3.5.

#include <cstddef>

namespace etllm::kernels {

/// Tensors are contiguous. `heads` is a multiple of `state_heads`.
struct DeltaRuleShape {
  std::size_t batch;
  std::size_t heads;
  std::size_t state_heads;
  std::size_t tokens;
  std::size_t key_size;
  std::size_t value_size;
  bool has_channel_decay;  ///< Decays are [.., tokens, key_size].
};

struct DeltaRuleInputs {
  const float* queries;  ///< [batch, heads, tokens, key_size]
  const float* keys;     ///< [batch, state_heads, tokens, key_size]
  const float* values;   ///< [batch, state_heads, tokens, value_size]
  const float* decays;   ///< [batch, state_heads, tokens(, key_size)]
  const float* betas;    ///< [batch, state_heads, tokens]
};

/// `state` is [batch, state_heads, key_size, value_size] and is brought up to
/// the last token; `out` is [batch, heads, tokens, value_size].
void delta_rule(const DeltaRuleShape& shape, const DeltaRuleInputs& inputs,
                float* state, float* out);

}  // namespace etllm::kernels
