#include "kernels/attention/attention.h"

#include <cmath>

#include "kernels/dispatch/kernel_set.h"
#include "kernels/elementwise/rope.h"
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
      keys.head_size == values.head_size && keys.is_half == values.is_half;
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

void rope_table(KernelRuntimeContext& context, Span<EValue*> args) {
  Arguments in(context, args);
  const std::size_t tokens = in.longs().size();
  const std::size_t start = in.position();
  const auto inv_freq = in.floats();
  const float magnitude = in.number();
  Rows out = in.output();
  if (!in.finish(out.width == 2 * inv_freq.size())) return;
  if (!in.finish(in.resize(out, tokens))) return;
  kernels::fill_rope_table(inv_freq, magnitude,
                           static_cast<std::int64_t>(start), tokens, out.data);
}

void rope(KernelRuntimeContext& context, Span<EValue*> args) {
  Arguments in(context, args);
  const Rows qkv = in.rows();
  const Rows table = in.rows();
  const std::size_t heads = in.size();
  const std::size_t kv_heads = in.size();
  const std::size_t head_size = in.size();
  const bool interleaved = in.boolean();
  if (!in.finish(table.tokens == qkv.tokens)) return;
  // Sizes are below 2^31, so the sum cannot overflow; the product is compared
  // by a division.
  const std::size_t all_heads = heads + 2 * kv_heads;
  const bool fits = qkv.width % head_size == 0 &&
                    qkv.width / head_size == all_heads &&
                    table.width % 2 == 0 && table.width <= head_size;
  if (!in.finish(fits)) return;
  kernels::rotate(qkv.data, qkv.tokens, qkv.width, table.data,
                  {.heads = heads + kv_heads,
                   .head_size = head_size,
                   .pairs = table.width / 2,
                   .interleaved = interleaved});
}

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
  kernels::update_cache(qkv.data, shape,
                        {keys.data, values.data, keys.is_half});
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
  kernels::attention(qkv.data, shape, {keys.data, values.data, keys.is_half},
                     {scale, window, soft_cap}, out.data);
}

}  // namespace etllm::operators
