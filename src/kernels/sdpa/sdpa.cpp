#include "kernels/sdpa/sdpa.h"

#include <algorithm>

#include "kernels/dispatch/select.h"
#include "kernels/threading/parallel.h"
#include "kernels/threading/scratch.h"

namespace etllm::kernels {
namespace {

// Queries that share the converted keys and values of a tile.
constexpr std::size_t kRowsPerTile = 192;
// No tile of several tokens has fewer, so that converting pays.
constexpr std::size_t kFewestTokens = 8;

std::size_t divide_up(std::size_t a, std::size_t b) { return (a + b - 1) / b; }

/// Floats that `KernelSet::sdpa` needs for a task of `rows` queries.
std::size_t sdpa_scratch_floats(std::size_t rows, std::size_t head_size) {
  const std::size_t padded_rows = divide_up(rows, 4) * 4;
  const std::size_t width = divide_up(head_size, 16) * 16;
  return padded_rows * (2 * width + kAttentionKeys + 2) +
         2 * width * kAttentionKeys;
}

/// How the work is cut: by batch, KV head, part of its query heads, tokens.
struct Tiling {
  std::size_t tokens;  ///< Of a tile.
  std::size_t heads;   ///< Of a tile.
  std::size_t token_tiles;
  std::size_t head_tiles;
};

Tiling choose_tiling(const SdpaShape& shape) {
  const std::size_t group = shape.heads / shape.kv_heads;
  Tiling tiling{};
  tiling.heads = std::min(group, kRowsPerTile);
  const std::size_t tasks = shape.batch * shape.kv_heads;
  if (shape.tokens == 1 && tasks < thread_count()) {
    // Too few KV heads to keep all threads busy: read them more than once.
    const std::size_t parts = divide_up(thread_count(), tasks);
    tiling.heads = std::min(tiling.heads, divide_up(group, parts));
  }
  // Enough tiles for the threads.
  const std::size_t share = shape.tokens * tasks / (4 * thread_count()) + 1;
  tiling.tokens =
      std::min(kRowsPerTile / tiling.heads, std::max(share, kFewestTokens));
  tiling.tokens =
      std::min(std::max<std::size_t>(1, tiling.tokens), shape.tokens);
  tiling.head_tiles = divide_up(group, tiling.heads);
  tiling.token_tiles = divide_up(shape.tokens, tiling.tokens);
  return tiling;
}

std::size_t element_bytes(ElementType type) {
  switch (type) {
    case ElementType::kFloat:
      return 4;
    case ElementType::kInt8:
      return 1;
    default:
      return 2;
  }
}

/// The rows of one head, from `token` on.
ElementRows head_rows(const HeadTensor& tensor, std::size_t batch,
                      std::size_t head, std::size_t token) {
  const std::size_t first = batch * tensor.batch_stride +
                            head * tensor.head_stride +
                            token * tensor.token_stride;
  ElementRows rows{
      .data = static_cast<const std::byte*>(tensor.data) +
              first * element_bytes(tensor.type),
      .type = tensor.type,
      .stride = tensor.token_stride,
      .scales = tensor.scales,
      .zeros = tensor.zeros,
      .parameter_stride = tensor.parameter_token_stride,
  };
  if (tensor.type == ElementType::kInt8) {
    const std::size_t parameter = batch * tensor.parameter_batch_stride +
                                  head * tensor.parameter_head_stride +
                                  token * tensor.parameter_token_stride;
    rows.scales += parameter;
    rows.zeros += parameter;
  }
  return rows;
}

}  // namespace

void sdpa(const SdpaShape& shape, const HeadTensor& queries,
          const HeadTensor& keys, const HeadTensor& values, void* out,
          ElementType out_type) {
  if (shape.batch == 0 || shape.tokens == 0 || shape.heads == 0) return;
  const KernelSet& kernels = active_kernels();
  const Tiling tiling = choose_tiling(shape);
  const std::size_t group = shape.heads / shape.kv_heads;
  const auto run_tile = [&](std::size_t index) {
    // Neighbours differ in the head, so that a thread's share mixes early
    // tokens with late ones, which cost more.
    const std::size_t kv_head = index % shape.kv_heads;
    index /= shape.kv_heads;
    const std::size_t part = index % tiling.head_tiles * tiling.heads;
    index /= tiling.head_tiles;
    const std::size_t token = index % tiling.token_tiles * tiling.tokens;
    const std::size_t batch = index / tiling.token_tiles;
    const std::size_t head = kv_head * group + part;
    const std::size_t first = batch * queries.batch_stride +
                              head * queries.head_stride +
                              token * queries.token_stride;
    const SdpaTask task{
        .queries = head_rows(queries, batch, head, token),
        .query_head_stride = queries.head_stride,
        .parameter_head_stride = queries.parameter_head_stride,
        .keys = head_rows(keys, batch, kv_head, 0),
        .values = head_rows(values, batch, kv_head, 0),
        .out = static_cast<std::byte*>(out) + first * element_bytes(out_type),
        .out_type = out_type,
        .mask =
            shape.mask == nullptr ? nullptr : shape.mask + token * shape.length,
        .mask_stride = shape.length,
        .tokens = std::min(tiling.tokens, shape.tokens - token),
        .heads = std::min(tiling.heads, group - part),
        .head_size = shape.head_size,
        .length = shape.length,
        .seen = shape.seen + token,
        .scale = shape.scale,
    };
    const std::size_t floats =
        sdpa_scratch_floats(task.tokens * task.heads, shape.head_size);
    kernels.sdpa(
        task, reinterpret_cast<float*>(task_scratch(floats * sizeof(float))));
  };
  parallel_for(
      shape.batch * shape.kv_heads * tiling.head_tiles * tiling.token_tiles, 1,
      [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) run_tile(i);
      });
}

}  // namespace etllm::kernels
