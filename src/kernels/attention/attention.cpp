#include "kernels/attention/attention.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/dispatch/select.h"
#include "kernels/threading/parallel.h"
#include "kernels/threading/scratch.h"

namespace etllm::kernels {
namespace {

// Queries that share the converted keys and values of a tile.
constexpr std::size_t kRowsPerTile = 192;
// Key positions that are worth a task of their own.
constexpr std::size_t kPositionsPerTask = 64;

std::size_t value_bytes(CacheType type) {
  switch (type) {
    case CacheType::kBytes:
      return 1;
    case CacheType::kHalf:
      return 2;
    default:
      return 4;
  }
}

/// The part of one head in keys or values.
struct HeadMemory {
  std::byte* elements;
  float* scales;  ///< Null unless there are bytes.
};

HeadMemory head_memory(void* memory, CacheType type,
                       const AttentionShape& shape, std::size_t kv_head) {
  const std::size_t elements =
      shape.capacity * shape.head_size * value_bytes(type);
  const bool has_scales = type == CacheType::kBytes;
  const std::size_t scales =
      has_scales ? shape.capacity * kByteCacheScaleBytes : 0;
  std::byte* head =
      static_cast<std::byte*>(memory) + kv_head * (elements + scales);
  return {head,
          has_scales ? reinterpret_cast<float*>(head + elements) : nullptr};
}

AttentionCache head_cache(const KvCache& cache, const AttentionShape& shape,
                          std::size_t kv_head) {
  const HeadMemory keys = head_memory(cache.keys, cache.type, shape, kv_head);
  const HeadMemory values =
      head_memory(cache.values, cache.type, shape, kv_head);
  return {.keys = keys.elements,
          .values = values.elements,
          .type = cache.type,
          .key_scales = keys.scales,
          .value_scales = values.scales,
          .head_size = shape.head_size,
          .positions = shape.capacity};
}

/// Floats that attention needs for a tile of `rows` queries.
std::size_t attention_scratch_floats(std::size_t rows, std::size_t head_size) {
  const std::size_t padded_rows = (rows + 3) / 4 * 4;
  const std::size_t width = (head_size + 15) / 16 * 16;
  return padded_rows * (3 * width + kAttentionKeys + 4) +
         2 * width * kAttentionKeys;
}

/// The same for products of tiles.
std::size_t tiled_attention_scratch_floats(std::size_t rows,
                                           std::size_t head_size) {
  const std::size_t padded_rows =
      (rows + kTileTokens - 1) / kTileTokens * kTileTokens;
  const std::size_t width = (head_size + kTileCols - 1) / kTileCols * kTileCols;
  // Queries and keys are two numbers of bf16, values one.
  return attention_scratch_floats(padded_rows, head_size) +
         width * (padded_rows + kAttentionKeys + kAttentionKeys / 2);
}

/// The queries of one KV head of `tokens` tokens from `first` on.
AttentionQueries head_queries(const float* qkv, const AttentionShape& shape,
                              const AttentionScores& scores, float* out,
                              std::size_t kv_head, std::size_t first,
                              std::size_t tokens) {
  const std::size_t group = shape.heads / shape.kv_heads;
  const std::size_t offset = kv_head * group * shape.head_size;
  return {.queries = qkv + first * shape.row_floats() + offset,
          .query_stride = shape.row_floats(),
          .out = out + first * shape.heads * shape.head_size + offset,
          .out_stride = shape.heads * shape.head_size,
          .tokens = tokens,
          .heads = group,
          .start = shape.start + first,
          .scale = scores.scale,
          .window = scores.window,
          .soft_cap = scores.soft_cap};
}

/// The positions that the call's tokens see: the first one, and where they end.
struct SeenPositions {
  std::size_t first;
  std::size_t end;
};

SeenPositions seen_positions(const AttentionShape& shape, std::size_t window) {
  const std::size_t first_end = shape.start + 1;
  return {window == 0 || window > first_end ? 0 : first_end - window,
          shape.start + shape.tokens};
}

/// One token that sees several spans: a task is a KV head and a span.
void attend_token(const float* qkv, const AttentionShape& shape,
                  const KvCache& cache, const AttentionScores& scores,
                  float* out) {
  const KernelSet& kernels = active_kernels();
  const std::size_t group = shape.heads / shape.kv_heads;
  const SeenPositions seen = seen_positions(shape, scores.window);
  const std::size_t first_span = seen.first / kSpanPositions;
  const std::size_t spans = (seen.end - 1) / kSpanPositions + 1 - first_span;
  const std::size_t width = (shape.head_size + 15) / 16 * 16;
  const std::size_t rows = spans * shape.heads;
  auto* memory = reinterpret_cast<float*>(
      operator_scratch(rows * (width + 2) * sizeof(float)));
  const auto result_at = [&](std::size_t row) {
    return SpanResult{memory + row * width, memory + rows * width + row,
                      memory + rows * (width + 1) + row};
  };
  const std::size_t scratch_bytes =
      attention_scratch_floats(group, shape.head_size) * sizeof(float);
  parallel_for(
      shape.kv_heads * spans, 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
          const std::size_t kv_head = i / spans;
          const std::size_t first = (first_span + i % spans) * kSpanPositions;
          kernels.attend_span(
              head_cache(cache, shape, kv_head),
              head_queries(qkv, shape, scores, out, kv_head, 0, 1), first,
              std::min(kSpanPositions, seen.end - first),
              reinterpret_cast<float*>(task_scratch(scratch_bytes)),
              result_at(i % spans * shape.heads + kv_head * group));
        }
      });
  for (std::size_t h = 0; h < shape.heads; ++h) {
    kernels.merge_spans(result_at(h), spans, shape.heads, shape.head_size,
                        out + h * shape.head_size);
  }
}

/// A task is a KV head and some successive tokens.
void attend_chunk(const float* qkv, const AttentionShape& shape,
                  const KvCache& cache, const AttentionScores& scores,
                  float* out) {
  const KernelSet& kernels = active_kernels();
  const std::size_t group = shape.heads / shape.kv_heads;
  const std::size_t largest = std::max<std::size_t>(1, kRowsPerTile / group);
  // Enough tiles for the threads, of at least eight tokens.
  const std::size_t share =
      shape.tokens * shape.kv_heads / (2 * thread_count()) + 1;
  const std::size_t tile_tokens =
      std::min(largest, std::max<std::size_t>(share, 8));
  const std::size_t tiles = (shape.tokens + tile_tokens - 1) / tile_tokens;
  const std::size_t rows = tile_tokens * group;
  const bool is_tiled = multiplies_in_tiles(shape.tokens);
  const auto attend =
      is_tiled ? kernels.tiles->attend_many : kernels.attend_many;
  const std::size_t scratch_bytes =
      (is_tiled ? tiled_attention_scratch_floats(rows, shape.head_size)
                : attention_scratch_floats(rows, shape.head_size)) *
      sizeof(float);
  const auto run_tile = [&](std::size_t kv_head, std::size_t tile) {
    const std::size_t first = tile * tile_tokens;
    attend(head_cache(cache, shape, kv_head),
           head_queries(qkv, shape, scores, out, kv_head, first,
                        std::min(tile_tokens, shape.tokens - first)),
           reinterpret_cast<float*>(task_scratch(scratch_bytes)));
  };
  // A short cache is not worth waking another thread for.
  const SeenPositions seen = seen_positions(shape, scores.window);
  const bool is_small =
      shape.tokens * (seen.end - seen.first) < kPositionsPerTask;
  const std::size_t grain = is_small ? shape.kv_heads * tiles : 1;
  parallel_for(shape.kv_heads * tiles, grain,
               [&](std::size_t begin, std::size_t end) {
                 // Neighbours differ in the KV head, so that a thread's share
                 // mixes early tokens with late ones, which cost more.
                 for (std::size_t i = begin; i < end; ++i) {
                   run_tile(i % shape.kv_heads, i / shape.kv_heads);
                 }
               });
}

/// Asks for the lines that one token's keys go to: there is one for each two to
/// four values, and all are long gone from the caches.
void prefetch_keys(const AttentionShape& shape, const KvCache& cache) {
  constexpr std::size_t kLine = 64;
  const std::size_t block =
      kPositionsPerBlock * shape.head_size * value_bytes(cache.type);
  for (std::size_t g = 0; g < shape.kv_heads; ++g) {
    const auto* keys =
        static_cast<const std::byte*>(head_cache(cache, shape, g).keys) +
        shape.start % shape.capacity / kPositionsPerBlock * block;
    for (std::size_t i = 0; i < block; i += kLine) {
      __builtin_prefetch(keys + i, 1);
    }
  }
}

/// One head of one token to `slot` of the cache, in one type of elements.
struct HeadStore {
  const KernelSet& kernels;
  std::size_t head_size;
  std::size_t slot;

  template <class Element>
  void store_key(const Element* key, const HeadMemory& memory) const {
    auto* block = reinterpret_cast<Element*>(memory.elements) +
                  slot / kPositionsPerBlock * kPositionsPerBlock * head_size;
    for (std::size_t i = 0; i < head_size; ++i) {
      block[i * kPositionsPerBlock + slot % kPositionsPerBlock] = key[i];
    }
  }

  template <class Element>
  Element* value_row(const HeadMemory& memory) const {
    return reinterpret_cast<Element*>(memory.elements) + slot * head_size;
  }

  void floats(const float* key, const float* value, const HeadMemory& keys,
              const HeadMemory& values) const {
    store_key(key, keys);
    std::copy_n(value, head_size, value_row<float>(values));
  }

  void halves(const float* key, const float* value, const HeadMemory& keys,
              const HeadMemory& values) const {
    auto* converted = reinterpret_cast<std::uint16_t*>(
        task_scratch(head_size * sizeof(std::uint16_t)));
    kernels.convert_to_half(key, head_size, converted);
    store_key(converted, keys);
    kernels.convert_to_half(value, head_size, value_row<std::uint16_t>(values));
  }

  void bytes(const float* key, const float* value, const HeadMemory& keys,
             const HeadMemory& values) const {
    auto* converted = reinterpret_cast<std::int8_t*>(task_scratch(head_size));
    keys.scales[slot] = kernels.convert_to_bytes(key, head_size, converted);
    store_key(converted, keys);
    values.scales[slot] = kernels.convert_to_bytes(
        value, head_size, value_row<std::int8_t>(values));
  }
};

void store_head(const HeadStore& store, const float* key, const float* value,
                const AttentionShape& shape, const KvCache& cache,
                std::size_t kv_head) {
  const HeadMemory keys = head_memory(cache.keys, cache.type, shape, kv_head);
  const HeadMemory values =
      head_memory(cache.values, cache.type, shape, kv_head);
  switch (cache.type) {
    case CacheType::kFloat:
      return store.floats(key, value, keys, values);
    case CacheType::kHalf:
      return store.halves(key, value, keys, values);
    case CacheType::kBytes:
      return store.bytes(key, value, keys, values);
  }
}

}  // namespace

bool fits_cache(const AttentionShape& shape, std::size_t window) {
  if (shape.tokens > shape.capacity) return false;
  if (shape.start <= shape.capacity - shape.tokens) return true;
  return window > 0 && shape.capacity % kSpanPositions == 0 &&
         window <= shape.capacity - (shape.tokens - 1);
}

void update_cache(const float* qkv, const AttentionShape& shape,
                  const KvCache& cache) {
  const KernelSet& kernels = active_kernels();
  constexpr std::size_t kTokenGrain = 16;
  if (shape.tokens == 1) prefetch_keys(shape, cache);
  parallel_for(
      shape.tokens, kTokenGrain, [&](std::size_t begin, std::size_t end) {
        for (std::size_t t = begin; t < end; ++t) {
          const float* keys =
              qkv + t * shape.row_floats() + shape.heads * shape.head_size;
          const float* values = keys + shape.kv_heads * shape.head_size;
          const HeadStore store{kernels, shape.head_size,
                                (shape.start + t) % shape.capacity};
          for (std::size_t g = 0; g < shape.kv_heads; ++g) {
            store_head(store, keys + g * shape.head_size,
                       values + g * shape.head_size, shape, cache, g);
          }
        }
      });
}

void attention(const float* qkv, const AttentionShape& shape,
               const KvCache& cache, const AttentionScores& scores,
               float* out) {
  const SeenPositions seen = seen_positions(shape, scores.window);
  if (shape.tokens == 1 &&
      seen.first / kSpanPositions != (seen.end - 1) / kSpanPositions) {
    attend_token(qkv, shape, cache, scores, out);
  } else {
    attend_chunk(qkv, shape, cache, scores, out);
  }
}

}  // namespace etllm::kernels
