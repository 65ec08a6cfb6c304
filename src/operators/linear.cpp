#include "kernels/linear/linear.h"

#include <array>

#include "operators/arguments.h"

namespace etllm::operators {

using kernels::LinearTarget;
using kernels::WeightMatrix;

void linear(KernelRuntimeContext& context, Span<EValue*> args) {
  Arguments in(context, args);
  const Rows x = in.rows();
  const WeightBytes bytes = in.weight();
  const std::int64_t format = in.integer();
  Rows out = in.output();
  if (!in.finish()) return;
  const auto weight = WeightMatrix::view(bytes, format, out.width, x.width);
  if (!in.finish(weight && in.resize(out, x.tokens))) return;
  const LinearTarget target{*weight, out.data, out.width};
  // A head: the last product, of the last token. Memory bounds it, so that more
  // bits cost no time.
  kernels::linear(x.data, x.tokens, {&target, 1}, nullptr,
                  kernels::ActivationBits::k16);
}

void linear_add(KernelRuntimeContext& context, Span<EValue*> args) {
  Arguments in(context, args);
  const Rows x = in.rows();
  const WeightBytes bytes = in.weight();
  const std::int64_t format = in.integer();
  const Rows residual = in.rows();
  Rows out = in.output();
  if (!in.finish(residual.tokens == x.tokens && residual.width == out.width)) {
    return;
  }
  const auto weight = WeightMatrix::view(bytes, format, out.width, x.width);
  if (!in.finish(weight && in.resize(out, x.tokens))) return;
  const LinearTarget target{*weight, out.data, out.width};
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
  Rows out = in.output();
  if (!in.finish(q_dim + 2 * kv_dim == out.width)) return;
  const auto q = WeightMatrix::view(bytes[0], formats[0], q_dim, x.width);
  const auto k = WeightMatrix::view(bytes[1], formats[1], kv_dim, x.width);
  const auto v = WeightMatrix::view(bytes[2], formats[2], kv_dim, x.width);
  if (!in.finish(q && k && v && in.resize(out, x.tokens))) return;
  const std::array targets = {
      LinearTarget{*q, out.data, out.width},
      LinearTarget{*k, out.data + q_dim, out.width},
      LinearTarget{*v, out.data + q_dim + kv_dim, out.width},
  };
  kernels::linear(x.data, x.tokens, targets);
}

void gated_mlp(KernelRuntimeContext& context, Span<EValue*> args) {
  Arguments in(context, args);
  const Rows x = in.rows();
  const WeightBytes gate_bytes = in.weight();
  const WeightBytes up_bytes = in.weight();
  const std::int64_t gate_format = in.integer();
  const std::int64_t up_format = in.integer();
  Rows out = in.output();
  if (!in.finish()) return;
  const auto gate =
      WeightMatrix::view(gate_bytes, gate_format, out.width, x.width);
  const auto up = WeightMatrix::view(up_bytes, up_format, out.width, x.width);
  if (!in.finish(gate && up && in.resize(out, x.tokens))) return;
  kernels::gated_linear(x.data, x.tokens, *gate, *up, out.data);
}

}  // namespace etllm::operators
