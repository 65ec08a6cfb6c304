#include "kernels/attention/attention.h"

#include <algorithm>
#include <cstring>

#include "kernels/dispatch/select.h"
#include "kernels/threading/parallel.h"
#include "kernels/threading/scratch.h"

namespace etllm::kernels {
namespace {

// Queries that share the converted keys and values of a tile.
constexpr std::size_t kRowsPerTile = 48;
// Key positions that are worth a task of their own.
constexpr std::size_t kPositionsPerTask = 128;

std::size_t value_bytes(const KvCache& cache) { return cache.is_half ? 2 : 4; }

AttentionCache head_cache(const KvCache& cache, const AttentionShape& shape,
                          std::size_t kv_head) {
  const std::size_t offset =
      kv_head * shape.capacity * shape.head_size * value_bytes(cache);
  return {static_cast<const std::byte*>(cache.keys) + offset,
          static_cast<const std::byte*>(cache.values) + offset, cache.is_half,
          shape.head_size};
}

void store_row(const KernelSet& kernels, const float* row, std::size_t size,
               bool is_half, void* cache, std::size_t index) {
  if (is_half) {
    kernels.convert_to_half(row, size,
                            static_cast<std::uint16_t*>(cache) + index * size);
  } else {
    std::memcpy(static_cast<float*>(cache) + index * size, row,
                size * sizeof(float));
  }
}

/// One token: each query head is a task.
void attend_token(const float* qkv, const AttentionShape& shape,
                  const KvCache& cache, float scale, float* out) {
  const KernelSet& kernels = active_kernels();
  const std::size_t group = shape.heads / shape.kv_heads;
  const std::size_t grain = 1 + kPositionsPerTask / (shape.start + 1);
  parallel_for(shape.heads, grain, [&](std::size_t begin, std::size_t end) {
    auto* scratch = reinterpret_cast<float*>(
        thread_scratch((shape.start + 1) * sizeof(float)));
    for (std::size_t h = begin; h < end; ++h) {
      const AttentionQueries queries{
          .queries = qkv + h * shape.head_size,
          .query_stride = 0,
          .out = out + h * shape.head_size,
          .out_stride = 0,
          .tokens = 1,
          .heads = 1,
          .start = shape.start,
          .scale = scale,
      };
      kernels.attend_one(head_cache(cache, shape, h / group), queries, scratch);
    }
  });
}

/// Floats that `attend_many` needs for a tile of `rows` queries.
std::size_t attention_scratch_floats(std::size_t rows, std::size_t head_size) {
  const std::size_t padded_rows = (rows + 3) / 4 * 4;
  const std::size_t width = (head_size + 15) / 16 * 16;
  return padded_rows * (2 * width + kAttentionKeys + 2) +
         2 * width * kAttentionKeys;
}

/// Several tokens: a task is a KV head and some successive tokens.
void attend_chunk(const float* qkv, const AttentionShape& shape,
                  const KvCache& cache, float scale, float* out) {
  const KernelSet& kernels = active_kernels();
  const std::size_t group = shape.heads / shape.kv_heads;
  const std::size_t tile_tokens =
      std::max<std::size_t>(1, kRowsPerTile / group);
  const std::size_t tiles = (shape.tokens + tile_tokens - 1) / tile_tokens;
  const std::size_t scratch_bytes =
      attention_scratch_floats(tile_tokens * group, shape.head_size) *
      sizeof(float);
  const auto run_tile = [&](std::size_t kv_head, std::size_t tile) {
    const std::size_t first = tile * tile_tokens;
    const std::size_t offset = kv_head * group * shape.head_size;
    const AttentionQueries queries{
        .queries = qkv + first * shape.row_floats() + offset,
        .query_stride = shape.row_floats(),
        .out = out + first * shape.heads * shape.head_size + offset,
        .out_stride = shape.heads * shape.head_size,
        .tokens = std::min(tile_tokens, shape.tokens - first),
        .heads = group,
        .start = shape.start + first,
        .scale = scale,
    };
    kernels.attend_many(
        head_cache(cache, shape, kv_head), queries,
        reinterpret_cast<float*>(thread_scratch(scratch_bytes)));
  };
  parallel_for(shape.kv_heads * tiles, 1,
               [&](std::size_t begin, std::size_t end) {
                 // Neighbours differ in the KV head, so that a thread's share
                 // mixes early tokens with late ones, which cost more.
                 for (std::size_t i = begin; i < end; ++i) {
                   run_tile(i % shape.kv_heads, i / shape.kv_heads);
                 }
               });
}

}  // namespace

void update_cache(const float* qkv, const AttentionShape& shape,
                  const KvCache& cache) {
  const KernelSet& kernels = active_kernels();
  constexpr std::size_t kTokenGrain = 16;
  parallel_for(
      shape.tokens, kTokenGrain, [&](std::size_t begin, std::size_t end) {
        for (std::size_t t = begin; t < end; ++t) {
          const float* keys =
              qkv + t * shape.row_floats() + shape.heads * shape.head_size;
          const float* values = keys + shape.kv_heads * shape.head_size;
          for (std::size_t g = 0; g < shape.kv_heads; ++g) {
            const std::size_t row = g * shape.capacity + shape.start + t;
            store_row(kernels, keys + g * shape.head_size, shape.head_size,
                      cache.is_half, cache.keys, row);
            store_row(kernels, values + g * shape.head_size, shape.head_size,
                      cache.is_half, cache.values, row);
          }
        }
      });
}

void attention(const float* qkv, const AttentionShape& shape,
               const KvCache& cache, float scale, float* out) {
  if (shape.tokens == 1) {
    attend_token(qkv, shape, cache, scale, out);
  } else {
    attend_chunk(qkv, shape, cache, scale, out);
  }
}

}  // namespace etllm::kernels
