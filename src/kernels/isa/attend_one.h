#pragma once

// Attention of one token: the work of a decode step. A key or value that was
// read serves up to four query heads. Templated like multiply_quantized.h.

#include "kernels/isa/cache_reader.h"
#include "kernels/isa/softmax.h"

namespace etllm::kernels {

/// Scores of `Vectors` vectors of positions from `p` on, of an interleaved
/// cache.
template <class Isa, bool IsHalf, int Heads, int Vectors>
inline void score_lanes(const AttentionCache& cache, const AttentionSpan& span,
                        std::size_t p, float* const (&weights)[Heads]) {
  typename Isa::F sum[Heads][Vectors] = {};
  std::size_t key[Vectors];
  for (int v = 0; v < Vectors; ++v) {
    key[v] = interleaved_key<Isa>(span.first + p + v * Isa::kLanes, 0,
                                  cache.head_size);
  }
  for (std::size_t i = 0; i < cache.head_size; ++i) {
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; ++v) {
      const auto lanes = CacheReader<Isa, IsHalf>::vector(
          cache.keys, key[v] + i * kPositionsPerBlock);
#pragma GCC unroll 4
      for (int h = 0; h < Heads; ++h) {
        sum[h][v] = Isa::fma(
            lanes, Isa::set1(span.queries[h * cache.head_size + i]), sum[h][v]);
      }
    }
  }
  for (int h = 0; h < Heads; ++h) {
    for (int v = 0; v < Vectors; ++v) {
      Isa::store(weights[h] + p + v * Isa::kLanes, sum[h][v] * span.scale);
    }
  }
}

template <class Isa, bool IsHalf, int Heads>
inline void score_interleaved(const AttentionCache& cache,
                              const AttentionSpan& span,
                              float* const (&weights)[Heads]) {
  constexpr std::size_t kStep = 2 * Isa::kLanes;
  // Whole blocks may be read, so the last vectors may reach beyond the span.
  const std::size_t readable = (span.count + kPositionsPerBlock - 1) /
                               kPositionsPerBlock * kPositionsPerBlock;
  std::size_t p = 0;
  for (; p + kStep <= readable; p += kStep) {
    score_lanes<Isa, IsHalf, Heads, 2>(cache, span, p, weights);
  }
  for (; p < readable; p += Isa::kLanes) {
    score_lanes<Isa, IsHalf, Heads, 1>(cache, span, p, weights);
  }
}

/// The same on a cache whose keys are rows.
template <class Isa, bool IsHalf, int Heads>
inline void score_rows(const AttentionCache& cache, const AttentionSpan& span,
                       float* const (&weights)[Heads]) {
  const std::size_t size = cache.head_size;
  for (std::size_t p = 0; p < span.count; ++p) {
    const std::size_t key = (span.first + p) * cache.key_stride;
    typename Isa::F sum[Heads] = {};
    std::size_t i = 0;
    for (; i + Isa::kLanes <= size; i += Isa::kLanes) {
      const auto lanes = CacheReader<Isa, IsHalf>::vector(cache.keys, key + i);
      for (int h = 0; h < Heads; ++h) {
        sum[h] =
            Isa::fma(lanes, Isa::load(span.queries + h * size + i), sum[h]);
      }
    }
    for (int h = 0; h < Heads; ++h) {
      float total = Isa::reduce_add(sum[h]);
      for (std::size_t tail = i; tail < size; ++tail) {
        total += CacheReader<Isa, IsHalf>::value(cache.keys, key + tail) *
                 span.queries[h * size + tail];
      }
      weights[h][p] = total * span.scale;
    }
  }
}

/// Adds up the weighted values of columns `i .. i + Vectors * lanes`.
template <class Isa, bool IsHalf, int Heads, int Vectors>
inline void add_values(const AttentionCache& cache, const AttentionSpan& span,
                       std::size_t i, const float* const (&weights)[Heads]) {
  typename Isa::F sum[Heads][Vectors] = {};
  for (std::size_t p = 0; p < span.count; ++p) {
    const std::size_t value = (span.first + p) * cache.value_stride + i;
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) {
      const auto lanes = CacheReader<Isa, IsHalf>::vector(
          cache.values, value + v * Isa::kLanes);
#pragma GCC unroll 4
      for (int h = 0; h < Heads; ++h) {
        sum[h][v] = Isa::fma(lanes, Isa::set1(weights[h][p]), sum[h][v]);
      }
    }
  }
  for (int h = 0; h < Heads; ++h) {
    for (int v = 0; v < Vectors; ++v) {
      Isa::store(span.sums + h * cache.head_size + i + v * Isa::kLanes,
                 sum[h][v]);
    }
  }
}

/// The last columns, where no vector fits.
template <class Isa, bool IsHalf, int Heads>
inline void add_value_tail(const AttentionCache& cache,
                           const AttentionSpan& span, std::size_t i,
                           const float* const (&weights)[Heads]) {
  for (; i < cache.head_size; ++i) {
    for (int h = 0; h < Heads; ++h) {
      float sum = 0;
      for (std::size_t p = 0; p < span.count; ++p) {
        sum += weights[h][p] *
               CacheReader<Isa, IsHalf>::value(
                   cache.values, (span.first + p) * cache.value_stride + i);
      }
      span.sums[h * cache.head_size + i] = sum;
    }
  }
}

/// The first `Heads` heads of the span.
template <class Isa, bool IsHalf, int Heads>
void attend_heads(const AttentionCache& cache, const AttentionSpan& span) {
  float* weights[Heads];
  const float* read_only[Heads];
  const std::size_t stride = (span.count + 31) / 32 * 32;
  for (int h = 0; h < Heads; ++h) {
    read_only[h] = weights[h] = span.weights + h * stride;
  }
  if (cache.key_stride == 0) {
    score_interleaved<Isa, IsHalf, Heads>(cache, span, weights);
  } else {
    score_rows<Isa, IsHalf, Heads>(cache, span, weights);
  }
  for (int h = 0; h < Heads; ++h) {
    span.largest[h] =
        largest_score<Isa>(weights[h], span.count, -__builtin_inff());
    span.totals[h] = exponentials<Isa>(weights[h], span.count, span.largest[h]);
  }
  constexpr int kVectors = Isa::kScoreVectors;
  std::size_t i = 0;
  for (; i + kVectors * Isa::kLanes <= cache.head_size;
       i += kVectors * Isa::kLanes) {
    add_values<Isa, IsHalf, Heads, kVectors>(cache, span, i, read_only);
  }
  for (; i + Isa::kLanes <= cache.head_size; i += Isa::kLanes) {
    add_values<Isa, IsHalf, Heads, 1>(cache, span, i, read_only);
  }
  add_value_tail<Isa, IsHalf, Heads>(cache, span, i, read_only);
}

template <class Isa, bool IsHalf>
void attend_span(const AttentionCache& cache, AttentionSpan span) {
  const auto run = [&]<int Heads>() {
    attend_heads<Isa, IsHalf, Heads>(cache, span);
    span.queries += Heads * cache.head_size;
    span.sums += Heads * cache.head_size;
    span.largest += Heads;
    span.totals += Heads;
    span.heads -= Heads;
  };
  while (span.heads >= 4) run.template operator()<4>();
  if (span.heads == 3) run.template operator()<3>();
  if (span.heads == 2) run.template operator()<2>();
  if (span.heads == 1) run.template operator()<1>();
}

template <class Isa>
void attend_one(const AttentionCache& cache, const AttentionSpan& span) {
  if (cache.is_half) {
    attend_span<Isa, true>(cache, span);
  } else {
    attend_span<Isa, false>(cache, span);
  }
}

}  // namespace etllm::kernels
