#pragma once

// Attention of one token: the work of a decode step. Templated like
// multiply_quantized.h.

#include "kernels/dispatch/kernel_set.h"
#include "kernels/isa/elementwise.h"

namespace etllm::kernels {

/// A row of a cache, f16 or f32.
template <class Isa, bool IsHalf>
struct CacheRow {
  CacheRow(const void* base, std::size_t row, std::size_t head_size)
      : bytes(static_cast<const unsigned char*>(base) +
              row * head_size * kBytes) {}

  typename Isa::F vector(std::size_t i) const {
    if constexpr (IsHalf) {
      return Isa::load_half(bytes + i * kBytes);
    } else {
      return Isa::load_bits(bytes + i * kBytes);
    }
  }
  float value(std::size_t i) const {
    if constexpr (IsHalf) {
      std::uint16_t half;
      __builtin_memcpy(&half, bytes + i * kBytes, sizeof half);
      return Isa::half_to_float(half);
    } else {
      float single;
      __builtin_memcpy(&single, bytes + i * kBytes, sizeof single);
      return single;
    }
  }

  static constexpr std::size_t kBytes = IsHalf ? 2 : 4;
  const unsigned char* bytes;
};

template <class Isa, bool IsHalf>
inline float dot_key(const CacheRow<Isa, IsHalf>& key, const float* query,
                     std::size_t size) {
  auto sum = Isa::set1(0.0f);
  std::size_t i = 0;
  for (; i + Isa::kLanes <= size; i += Isa::kLanes) {
    sum = Isa::fma(key.vector(i), Isa::load(query + i), sum);
  }
  float total = Isa::reduce_add(sum);
  for (; i < size; ++i) total += key.value(i) * query[i];
  return total;
}

/// `out = sum of weights[p] * values[p]`, for columns `i .. i + 4 lanes`.
template <class Isa, bool IsHalf, int Vectors>
inline void add_values(const AttentionCache& cache, const float* weights,
                       std::size_t length, std::size_t i, float factor,
                       float* out) {
  typename Isa::F sum[Vectors] = {};
  for (std::size_t p = 0; p < length; ++p) {
    const CacheRow<Isa, IsHalf> row(cache.values, p, cache.head_size);
    const auto weight = Isa::set1(weights[p]);
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) {
      sum[v] = Isa::fma(row.vector(i + v * Isa::kLanes), weight, sum[v]);
    }
  }
  for (int v = 0; v < Vectors; ++v) {
    Isa::store(out + i + v * Isa::kLanes, sum[v] * factor);
  }
}

/// Turns scores into e^(score - largest) in place; returns their sum.
template <class Isa>
inline float exponentials(float* scores, std::size_t length, float largest) {
  auto sum = Isa::set1(0.0f);
  std::size_t p = 0;
  for (; p + Isa::kLanes <= length; p += Isa::kLanes) {
    const auto weight = exponential<Isa>(Isa::load(scores + p) - largest);
    Isa::store(scores + p, weight);
    sum += weight;
  }
  float total = Isa::reduce_add(sum);
  for (; p < length; ++p) {
    scores[p] = exponential_of<Isa>(scores[p] - largest);
    total += scores[p];
  }
  return total;
}

template <class Isa, bool IsHalf>
void attend_one_head(const AttentionCache& cache, const float* query,
                     std::size_t length, float scale, float* scores,
                     float* out) {
  const std::size_t size = cache.head_size;
  float largest = -__builtin_inff();
  for (std::size_t p = 0; p < length; ++p) {
    const CacheRow<Isa, IsHalf> key(cache.keys, p, size);
    scores[p] = scale * dot_key<Isa, IsHalf>(key, query, size);
    largest = scores[p] > largest ? scores[p] : largest;
  }
  const float factor = 1.0f / exponentials<Isa>(scores, length, largest);
  std::size_t i = 0;
  for (; i + 4 * Isa::kLanes <= size; i += 4 * Isa::kLanes) {
    add_values<Isa, IsHalf, 4>(cache, scores, length, i, factor, out);
  }
  for (; i + Isa::kLanes <= size; i += Isa::kLanes) {
    add_values<Isa, IsHalf, 1>(cache, scores, length, i, factor, out);
  }
  for (; i < size; ++i) {
    float sum = 0;
    for (std::size_t p = 0; p < length; ++p) {
      sum += scores[p] * CacheRow<Isa, IsHalf>(cache.values, p, size).value(i);
    }
    out[i] = sum * factor;
  }
}

template <class Isa>
void attend_one(const AttentionCache& cache, const AttentionQueries& queries,
                float* scratch) {
  for (std::size_t h = 0; h < queries.heads; ++h) {
    const float* query = queries.queries + h * cache.head_size;
    float* out = queries.out + h * cache.head_size;
    if (cache.is_half) {
      attend_one_head<Isa, true>(cache, query, queries.start + 1, queries.scale,
                                 scratch, out);
    } else {
      attend_one_head<Isa, false>(cache, query, queries.start + 1,
                                  queries.scale, scratch, out);
    }
  }
}

}  // namespace etllm::kernels
