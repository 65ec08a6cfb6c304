#include "kernels/attention/attention.h"

#include <cmath>

#include "kernels/dispatch/kernel_set.h"
#include "operators/arguments.h"

namespace etllm::operators {
namespace {

using kernels::AttentionShape;

/// What the caches and a row of `qkv` say together about the layer; all zero
/// when they contradict each other or the caches do not hold what a query of
/// this window sees.
AttentionShape attention_shape(const Rows& qkv, std::size_t start,
                               const CacheTensor& keys,
                               const CacheTensor& values, std::size_t window) {
  const bool same =
      keys.heads == values.heads && keys.capacity == values.capacity &&
      keys.head_size == values.head_size && keys.type == values.type;
  if (!same || keys.head_size == 0 || qkv.width % keys.head_size != 0) {
    return {};
  }
  const std::size_t all_heads = qkv.width / keys.head_size;
  if (all_heads <= 2 * keys.heads) return {};
  const std::size_t heads = all_heads - 2 * keys.heads;
  if (heads % keys.heads != 0) return {};
  if (keys.capacity % kernels::kPositionsPerBlock != 0) return {};
  const AttentionShape shape{.tokens = qkv.tokens,
                             .heads = heads,
                             .kv_heads = keys.heads,
                             .head_size = keys.head_size,
                             .capacity = keys.capacity,
                             .start = start};
  return kernels::fits_cache(shape, window) ? shape : AttentionShape{};
}

}  // namespace

void update_cache(KernelRuntimeContext& context, Span<EValue*> args) {
  Arguments in(context, args);
  const Rows qkv = in.rows();
  const std::size_t start = in.position();
  const CacheTensor keys = in.cache();
  const CacheTensor values = in.cache();
  const std::size_t window = in.count();
  if (!in.finish()) return;
  const AttentionShape shape =
      attention_shape(qkv, start, keys, values, window);
  if (!in.finish(shape.tokens > 0)) return;
  kernels::update_cache(qkv.data, shape, {keys.data, values.data, keys.type});
}

void attention(KernelRuntimeContext& context, Span<EValue*> args) {
  Arguments in(context, args);
  const Rows qkv = in.rows();
  const std::size_t start = in.position();
  const CacheTensor keys = in.cache();
  const CacheTensor values = in.cache();
  const float scale = in.number();
  const std::size_t window = in.count();
  const float soft_cap = in.number();
  Rows out = in.output();
  if (!in.finish(soft_cap >= 0.0f && std::isfinite(soft_cap))) return;
  const AttentionShape shape =
      attention_shape(qkv, start, keys, values, window);
  const bool fits =
      shape.tokens > 0 && out.width == shape.heads * shape.head_size;
  if (!in.finish(fits) || !in.finish(in.resize(out, qkv.tokens))) return;
  kernels::attention(qkv.data, shape, {keys.data, values.data, keys.type},
                     {scale, window, soft_cap}, out.data);
}

}  // namespace etllm::operators
