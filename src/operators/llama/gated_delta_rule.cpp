#include <array>
#include <cstring>

#include "kernels/delta_rule/delta_rule.h"
#include "operators/llama/call.h"
#include "operators/llama/operators.h"

namespace etllm::operators::llama {
namespace {

struct DeltaRuleArguments {
  const Tensor* queries = nullptr;
  const Tensor* keys = nullptr;
  const Tensor* values = nullptr;
  const Tensor* decays = nullptr;
  const Tensor* betas = nullptr;
  const Tensor* state = nullptr;
};

/// What the inputs say together; nothing when they contradict each other.
std::optional<kernels::DeltaRuleShape> delta_rule_shape(
    const DeltaRuleArguments& in) {
  for (const Tensor* tensor :
       {in.queries, in.keys, in.values, in.decays, in.betas, in.state}) {
    if (tensor->scalar_type() != ScalarType::Float) return std::nullopt;
  }
  if (in.queries->dim() != 4 || in.keys->dim() != 4 || in.values->dim() != 4) {
    return std::nullopt;
  }
  const kernels::DeltaRuleShape shape{
      .batch = size_of(*in.queries, 0),
      .heads = size_of(*in.queries, 1),
      .state_heads = size_of(*in.keys, 1),
      .tokens = size_of(*in.queries, 2),
      .key_size = size_of(*in.queries, 3),
      .value_size = size_of(*in.values, 3),
      .has_channel_decay = in.decays->dim() == 4,
  };
  if (shape.state_heads == 0 || shape.heads % shape.state_heads != 0) {
    return std::nullopt;
  }
  const std::array keys = {shape.batch, shape.state_heads, shape.tokens,
                           shape.key_size};
  const std::array values = {shape.batch, shape.state_heads, shape.tokens,
                             shape.value_size};
  const std::array gates = {shape.batch, shape.state_heads, shape.tokens};
  const std::array state = {shape.batch, shape.state_heads, shape.key_size,
                            shape.value_size};
  const bool fits =
      has_sizes(*in.keys, keys) && has_sizes(*in.values, values) &&
      (has_sizes(*in.decays, keys) || has_sizes(*in.decays, gates)) &&
      has_sizes(*in.betas, gates) && has_sizes(*in.state, state);
  return fits ? std::optional(shape) : std::nullopt;
}

bool prepare_outputs(const kernels::DeltaRuleShape& shape,
                     const DeltaRuleArguments& in, Tensor& out, Tensor& state) {
  if (out.scalar_type() != ScalarType::Float ||
      state.scalar_type() != ScalarType::Float) {
    return false;
  }
  const std::array out_sizes = {shape.batch, shape.heads, shape.tokens,
                                shape.value_size};
  const std::array state_sizes = {shape.batch, shape.state_heads,
                                  shape.key_size, shape.value_size};
  if (!resize(out, out_sizes) || !resize(state, state_sizes)) return false;
  // The new state may lie where the old one does, and nowhere else.
  for (const Tensor* input :
       {in.queries, in.keys, in.values, in.decays, in.betas}) {
    if (overlap(*input, out) || overlap(*input, state)) return false;
  }
  return !overlap(out, state) && !overlap(out, *in.state);
}

}  // namespace

void gated_delta_rule(KernelRuntimeContext& context, Span<EValue*> args) {
  Call call(context, args);
  DeltaRuleArguments in;
  in.queries = call.tensor();
  in.keys = call.tensor();
  in.values = call.tensor();
  in.decays = call.tensor();
  in.betas = call.tensor();
  in.state = call.tensor();
  Tensor* out = call.tensor();
  Tensor* final_state = call.tensor();
  if (!call.finish()) return;
  const auto shape = delta_rule_shape(in);
  if (!call.finish(shape.has_value()) ||
      !call.finish(prepare_outputs(*shape, in, *out, *final_state))) {
    return;
  }
  if (final_state->numel() > 0) {
    std::memmove(final_state->mutable_data_ptr(), in.state->const_data_ptr(),
                 in.state->nbytes());
  }
  kernels::delta_rule(*shape,
                      {.queries = in.queries->const_data_ptr<float>(),
                       .keys = in.keys->const_data_ptr<float>(),
                       .values = in.values->const_data_ptr<float>(),
                       .decays = in.decays->const_data_ptr<float>(),
                       .betas = in.betas->const_data_ptr<float>()},
                      final_state->mutable_data_ptr<float>(),
                      out->mutable_data_ptr<float>());
}

}  // namespace etllm::operators::llama
