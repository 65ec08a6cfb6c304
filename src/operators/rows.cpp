// Operators that look at each row of the activations by itself.

#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/elementwise/arithmetic.h"
#include "kernels/elementwise/head_norm.h"
#include "kernels/elementwise/layer_norm.h"
#include "kernels/elementwise/rms_norm.h"
#include "operators/arguments.h"

namespace etllm::operators {
namespace {

using kernels::NormParts;

// The numbers of the rules of head_norm.
constexpr std::int64_t kRmsOfHeads = 0;
constexpr std::int64_t kRmsOfAllHeads = 1;
constexpr std::int64_t kLayerNormOfHeads = 2;

/// What a weight of this size normalises of `heads` heads under a rule;
/// without any parts when it is of no use.
NormParts norm_parts(std::int64_t kind, std::size_t heads,
                     std::size_t head_size, std::span<const float> weight) {
  const std::size_t all = heads * head_size;
  if (kind == kRmsOfAllHeads) {
    return {weight.size() == all ? 1U : 0U, all, weight.data(), 0};
  }
  if (weight.size() == head_size) return {heads, head_size, weight.data(), 0};
  const bool has_all = kind == kLayerNormOfHeads && weight.size() == all;
  return {has_all ? heads : 0, head_size, weight.data(), head_size};
}

}  // namespace

void rms_norm(KernelRuntimeContext& context, Span<EValue*> args) {
  Arguments in(context, args);
  const Rows x = in.rows();
  const auto weight = in.floats();
  const float epsilon = in.number();
  Rows out = in.output();
  const bool fits = weight.size() == x.width && out.width == x.width;
  if (!in.finish(fits) || !in.finish(in.resize(out, x.tokens))) return;
  kernels::rms_norm(x.data, x.tokens, x.width, weight.data(), epsilon,
                    out.data);
}

void layer_norm(KernelRuntimeContext& context, Span<EValue*> args) {
  Arguments in(context, args);
  const Rows x = in.rows();
  const auto weight = in.floats();
  const auto bias = in.optional_floats();
  const float epsilon = in.number();
  Rows out = in.output();
  const bool fits = weight.size() == x.width && out.width == x.width &&
                    (bias.empty() || bias.size() == x.width);
  if (!in.finish(fits) || !in.finish(in.resize(out, x.tokens))) return;
  kernels::layer_norm(x.data, x.tokens, x.width,
                      {weight.data(), bias.empty() ? nullptr : bias.data()},
                      epsilon, out.data);
}

void head_norm(KernelRuntimeContext& context, Span<EValue*> args) {
  Arguments in(context, args);
  const Rows qkv = in.rows();
  const auto query_weight = in.floats();
  const auto key_weight = in.floats();
  const std::size_t heads = in.size();
  const std::size_t kv_heads = in.size();
  const std::size_t head_size = in.size();
  const std::int64_t kind = in.integer();
  const float epsilon = in.number();
  if (!in.finish(kind >= kRmsOfHeads && kind <= kLayerNormOfHeads)) return;
  // Sizes are below 2^31, so neither the sum nor a product overflows.
  const std::size_t all_heads = heads + 2 * kv_heads;
  const bool fits =
      qkv.width % head_size == 0 && qkv.width / head_size == all_heads;
  const std::array parts = {norm_parts(kind, heads, head_size, query_weight),
                            norm_parts(kind, kv_heads, head_size, key_weight)};
  if (!in.finish(fits && parts[0].count > 0 && parts[1].count > 0)) return;
  kernels::normalise_heads(qkv.data, qkv.tokens, qkv.width, parts,
                           kind == kLayerNormOfHeads
                               ? kernels::HeadNormRule::kLayerNorm
                               : kernels::HeadNormRule::kRms,
                           epsilon);
}

void add(KernelRuntimeContext& context, Span<EValue*> args) {
  Arguments in(context, args);
  const Rows a = in.rows();
  const Rows b = in.rows();
  Rows out = in.output();
  const bool fits =
      a.tokens == b.tokens && a.width == b.width && out.width == a.width;
  if (!in.finish(fits) || !in.finish(in.resize(out, a.tokens))) return;
  kernels::add(a.data, b.data, a.tokens * a.width, out.data);
}

void scale(KernelRuntimeContext& context, Span<EValue*> args) {
  Arguments in(context, args);
  const Rows x = in.rows();
  const float factor = in.number();
  if (!in.finish()) return;
  kernels::scale(x.data, x.tokens * x.width, factor);
}

void soft_cap(KernelRuntimeContext& context, Span<EValue*> args) {
  Arguments in(context, args);
  const Rows x = in.rows();
  const float cap = in.number();
  if (!in.finish(cap > 0.0f && std::isfinite(cap))) return;
  kernels::soft_cap(x.data, x.tokens * x.width, cap);
}

void last_position(KernelRuntimeContext& context, Span<EValue*> args) {
  Arguments in(context, args);
  const Rows x = in.rows();
  Rows out = in.output();
  if (!in.finish(out.width == x.width) || !in.finish(in.resize(out, 1))) return;
  std::copy_n(x.data + (x.tokens - 1) * x.width, x.width, out.data);
}

}  // namespace etllm::operators
