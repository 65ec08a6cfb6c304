#include "kernels/elementwise/rope.h"

#include "operators/arguments.h"

namespace etllm::operators {

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

void rope_table_switched(KernelRuntimeContext& context, Span<EValue*> args) {
  Arguments in(context, args);
  const std::size_t tokens = in.longs().size();
  const std::size_t start = in.position();
  const auto short_freq = in.floats();
  const auto long_freq = in.floats();
  const std::size_t limit = in.size();
  const float magnitude = in.number();
  Rows out = in.output();
  const bool fits = long_freq.size() == short_freq.size() &&
                    out.width == 2 * short_freq.size();
  if (!in.finish(fits) || !in.finish(in.resize(out, tokens))) return;
  const bool is_long = start > limit || tokens > limit - start;
  kernels::fill_rope_table(is_long ? long_freq : short_freq, magnitude,
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

}  // namespace etllm::operators
