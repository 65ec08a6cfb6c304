#include "kernels/linear/linear.h"

#include <array>

#include "operators/arguments.h"

namespace etllm::operators {
namespace {

using kernels::LinearTarget;
using kernels::WeightMatrix;
using Bias = std::span<const float>;

/// Whether the bias of a product with `size` results is absent or of that size.
bool has_size(Bias bias, std::size_t size) {
  return bias.empty() || bias.size() == size;
}

/// Null for an absent bias.
const float* bias_at(Bias bias, std::size_t first) {
  return bias.empty() ? nullptr : bias.data() + first;
}

}  // namespace

void linear(KernelRuntimeContext& context, Span<EValue*> args) {
  Arguments in(context, args);
  const Rows x = in.rows();
  const WeightBytes bytes = in.weight();
  const std::int64_t format = in.integer();
  const Bias bias = in.optional_floats();
  Rows out = in.output();
  if (!in.finish(has_size(bias, out.width))) return;
  const auto weight = WeightMatrix::view(bytes, format, out.width, x.width);
  if (!in.finish(weight && in.resize(out, x.tokens))) return;
  const LinearTarget target{*weight, out.data, out.width, bias_at(bias, 0)};
  // A head: the last product, of the last token. Memory bounds it, so that more
  // bits cost no time.
  kernels::linear(x.data, x.tokens, {&target, 1}, nullptr,
                  kernels::ActivationBits::k16);
}

void projection(KernelRuntimeContext& context, Span<EValue*> args) {
  Arguments in(context, args);
  const Rows x = in.rows();
  const WeightBytes bytes = in.weight();
  const std::int64_t format = in.integer();
  const Bias bias = in.optional_floats();
  const kernels::ActivationFunction function = in.activation();
  Rows out = in.output();
  if (!in.finish(has_size(bias, out.width))) return;
  const auto weight = WeightMatrix::view(bytes, format, out.width, x.width);
  if (!in.finish(weight && in.resize(out, x.tokens))) return;
  const LinearTarget target{*weight, out.data, out.width, bias_at(bias, 0),
                            function};
  kernels::linear(x.data, x.tokens, {&target, 1});
}

void linear_add(KernelRuntimeContext& context, Span<EValue*> args) {
  Arguments in(context, args);
  const Rows x = in.rows();
  const WeightBytes bytes = in.weight();
  const std::int64_t format = in.integer();
  const Bias bias = in.optional_floats();
  const Rows residual = in.rows();
  Rows out = in.output();
  const bool fits = residual.tokens == x.tokens &&
                    residual.width == out.width && has_size(bias, out.width);
  if (!in.finish(fits)) return;
  const auto weight = WeightMatrix::view(bytes, format, out.width, x.width);
  if (!in.finish(weight && in.resize(out, x.tokens))) return;
  const LinearTarget target{*weight, out.data, out.width, bias_at(bias, 0)};
  kernels::linear(x.data, x.tokens, {&target, 1}, residual.data);
}

void qkv_linear(KernelRuntimeContext& context, Span<EValue*> args) {
  Arguments in(context, args);
  const Rows x = in.rows();
  std::array<WeightBytes, 3> bytes;
  for (WeightBytes& weight : bytes) weight = in.weight();
  std::array<std::int64_t, 3> formats{};
  for (std::int64_t& format : formats) format = in.integer();
  const std::size_t q_dim = in.size();
  const std::size_t kv_dim = in.size();
  const Bias bias = in.optional_floats();
  Rows out = in.output();
  const bool fits =
      q_dim + 2 * kv_dim == out.width && has_size(bias, out.width);
  if (!in.finish(fits)) return;
  const auto q = WeightMatrix::view(bytes[0], formats[0], q_dim, x.width);
  const auto k = WeightMatrix::view(bytes[1], formats[1], kv_dim, x.width);
  const auto v = WeightMatrix::view(bytes[2], formats[2], kv_dim, x.width);
  if (!in.finish(q && k && v && in.resize(out, x.tokens))) return;
  const auto target_at = [&](const WeightMatrix& weight, std::size_t first) {
    return LinearTarget{weight, out.data + first, out.width,
                        bias_at(bias, first)};
  };
  const std::array targets = {target_at(*q, 0), target_at(*k, q_dim),
                              target_at(*v, q_dim + kv_dim)};
  kernels::linear(x.data, x.tokens, targets);
}

void gated_mlp(KernelRuntimeContext& context, Span<EValue*> args) {
  Arguments in(context, args);
  const Rows x = in.rows();
  const WeightBytes gate_bytes = in.weight();
  const WeightBytes up_bytes = in.weight();
  const std::int64_t gate_format = in.integer();
  const std::int64_t up_format = in.integer();
  const kernels::ActivationFunction function = in.activation();
  const Bias gate_bias = in.optional_floats();
  const Bias up_bias = in.optional_floats();
  Rows out = in.output();
  const bool fits =
      has_size(gate_bias, out.width) && has_size(up_bias, out.width);
  if (!in.finish(fits)) return;
  const auto gate =
      WeightMatrix::view(gate_bytes, gate_format, out.width, x.width);
  const auto up = WeightMatrix::view(up_bytes, up_format, out.width, x.width);
  if (!in.finish(gate && up && in.resize(out, x.tokens))) return;
  kernels::gated_linear(
      x.data, x.tokens,
      {*gate, *up, function, bias_at(gate_bias, 0), bias_at(up_bias, 0)},
      out.data);
}

}  // namespace etllm::operators
