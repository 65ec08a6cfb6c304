#pragma once

// Attention over a KV cache, and what fills the cache. A row of `qkv` holds
// the query heads of a token, then its key heads, then its value heads.

#include <cstddef>
#include <cstdint>

#include "kernels/dispatch/kernel_set.h"

namespace etllm::kernels {

/// Sizes of one attention layer.
struct AttentionShape {
  std::size_t tokens;
  std::size_t heads;  ///< Query heads; a multiple of `kv_heads`.
  std::size_t kv_heads;
  std::size_t head_size;
  std::size_t capacity;  ///< Positions of a cache; see `fits_cache`.
  std::size_t start;     ///< Position of the first token.

  std::size_t row_floats() const { return (heads + 2 * kv_heads) * head_size; }
};

/// Keys and values. A head's values are [capacity][head_size]; its keys are
/// interleaved, [capacity / 16][head_size][16], so that the scores of 16
/// positions are one vector. Of bytes, the f32 scales of all positions follow,
/// [capacity]; they are aligned. The capacity is a multiple of 16.
struct KvCache {
  void* keys;
  void* values;
  CacheType type;
};

/// Bytes that a position takes beside its elements.
constexpr std::size_t kByteCacheScaleBytes = sizeof(float);

/// What becomes of the products of queries and keys.
struct AttentionScores {
  float scale;
  std::size_t window;  ///< Position p sees p - window + 1 .. p; 0 is 0 .. p.
  float soft_cap;      ///< Not 0: scores are cap * tanh(score / cap).
};

/// Whether a cache of the shape holds all that queries with `window` see: every
/// position so far, or, as a ring where position p is at p modulo the capacity,
/// the last ones. A ring is a multiple of 256, with a window before every
/// token of a call.
bool fits_cache(const AttentionShape& shape, std::size_t window);

/// Stores the keys and values of all tokens at their positions.
void update_cache(const float* qkv, const AttentionShape& shape,
                  const KvCache& cache);

/// Causal softmax attention; `out` is [tokens][heads * head_size].
void attention(const float* qkv, const AttentionShape& shape,
               const KvCache& cache, const AttentionScores& scores, float* out);

}  // namespace etllm::kernels
