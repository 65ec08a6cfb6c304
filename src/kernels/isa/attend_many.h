#pragma once

// Attention over a cache, with the running softmax of Milakov and Gimelshein
// (https://arxiv.org/abs/1805.02867). Positions are cut into spans of 256,
// whose results are merged in order: that is how several threads share a long
// cache, and since every query is computed like this, its result does not
// depend on the chunk that it came in. Templated like multiply_quantized.h.

#include "kernels/isa/attend_positions.h"

namespace etllm::kernels {

/// The `count` positions from `first` on, at most 64. Many rows pass by
/// converted keys and values; one token's few rows read the cache itself.
template <class Isa, CacheType Type>
inline void attend_cache(AttentionTile<Isa>& tile, const AttentionCache& cache,
                         const AttentionQueries& queries, std::size_t first,
                         std::size_t count) {
  const std::size_t slot =
      first < cache.positions ? first : first % cache.positions;
  PositionScales scales{};
  if constexpr (Type == CacheType::kBytes) {
    scales = {cache.key_scales + slot, cache.value_scales + slot};
  }
  // A unit for products of matrices takes any number of rows.
  if constexpr (requires {
                  Isa::template attend<Type>(tile, cache, queries, scales,
                                             first, slot, count);
                }) {
    return Isa::template attend<Type>(tile, cache, queries, scales, first, slot,
                                      count);
  }
  // Scores are made of whole vectors, which have to be in the cache.
  const bool is_readable = tile.size % kPositionsPerBlock == 0 &&
                           slot + kAttentionKeys <= cache.positions;
  if (tile.rows <= AttentionTile<Isa>::kRowStep && is_readable) {
    const bool has_next =
        first + kAttentionKeys < queries.start + queries.tokens;
    const CachedPositions<Isa, Type> positions{
        cache, slot, has_next ? kAttentionKeys * cache.head_size : 0};
    switch (tile.rows) {
      case 1:
        return attend_positions<Isa, 1>(tile, queries, positions, scales, first,
                                        count);
      case 2:
        return attend_positions<Isa, 2>(tile, queries, positions, scales, first,
                                        count);
      case 3:
        return attend_positions<Isa, 3>(tile, queries, positions, scales, first,
                                        count);
      default:
        return attend_positions<Isa, 4>(tile, queries, positions, scales, first,
                                        count);
    }
  }
  load_keys<Isa, Type>(tile, cache, slot, count);
  load_values<Isa, Type>(tile, cache, slot, count);
  attend_positions<Isa, AttentionTile<Isa>::kRowStep>(
      tile, queries, ConvertedPositions<Isa>(tile), scales, first, count);
}

/// The positions `first .. first + count` of a span, those that nobody sees
/// left out.
template <class Isa>
void attend_span_tile(AttentionTile<Isa>& tile, const AttentionCache& cache,
                      const AttentionQueries& queries, std::size_t first,
                      std::size_t count) {
  clear_sums(tile);
  const std::size_t seen = first_seen<Isa>(queries, 0);
  std::size_t done = 0;
  if (seen > first) done = (seen - first) / kAttentionKeys * kAttentionKeys;
  for (; done < count; done += kAttentionKeys) {
    const std::size_t rest = count - done;
    const std::size_t part = rest < kAttentionKeys ? rest : kAttentionKeys;
    switch (cache.type) {
      case CacheType::kFloat:
        attend_cache<Isa, CacheType::kFloat>(tile, cache, queries, first + done,
                                             part);
        break;
      case CacheType::kHalf:
        attend_cache<Isa, CacheType::kHalf>(tile, cache, queries, first + done,
                                            part);
        break;
      case CacheType::kBytes:
        attend_cache<Isa, CacheType::kBytes>(tile, cache, queries, first + done,
                                             part);
        break;
    }
  }
}

/// The result of some spans, to which the next one is added; at first, of
/// those that the row does not see, is its total zero.
template <class Isa>
struct MergedRow {
  float* sum;
  float* largest;
  float* total;
};

template <class Isa>
inline void merge_span(const MergedRow<Isa>& row, std::size_t width,
                       const float* sum, float largest, float total) {
  if (total == 0.0f) return;
  if (*row.total == 0.0f) {
    for (std::size_t i = 0; i < width; ++i) row.sum[i] = sum[i];
    *row.largest = largest;
    *row.total = total;
    return;
  }
  const float top = *row.largest > largest ? *row.largest : largest;
  const float keep = exponential_of<Isa>(*row.largest - top);
  const float add = exponential_of<Isa>(largest - top);
  *row.largest = top;
  *row.total = Isa::fma(Isa::set1(total), Isa::set1(add),
                        Isa::set1(*row.total * keep))[0];
  for (std::size_t i = 0; i < width; i += Isa::kLanes) {
    Isa::store(row.sum + i, Isa::fma(Isa::load(sum + i), Isa::set1(add),
                                     Isa::load(row.sum + i) * keep));
  }
}

template <class Isa>
inline void finish_row(const MergedRow<Isa>& row, std::size_t size,
                       float* out) {
  const float factor = 1.0f / *row.total;
  for (std::size_t i = 0; i < size; ++i) out[i] = row.sum[i] * factor;
}

template <class Isa>
void attend_span(const AttentionCache& cache, const AttentionQueries& queries,
                 std::size_t first, std::size_t count, float* scratch,
                 const SpanResult& result) {
  AttentionTile<Isa> tile(queries, cache.head_size, scratch);
  load_queries(tile, queries);
  attend_span_tile(tile, cache, queries, first, count);
  for (std::size_t row = 0; row < tile.rows; ++row) {
    for (std::size_t i = 0; i < tile.width; ++i) {
      result.sums[row * tile.width + i] = tile.sum[row * tile.width + i];
    }
    result.largest[row] = tile.largest[row];
    result.totals[row] = tile.total[row];
  }
}

template <class Isa>
void merge_spans(const SpanResult& first, std::size_t spans,
                 std::size_t rows_apart, std::size_t head_size, float* out) {
  const std::size_t width = (head_size + 15) / 16 * 16;
  const MergedRow<Isa> row{first.sums, first.largest, first.totals};
  for (std::size_t s = 1; s < spans; ++s) {
    const std::size_t at = s * rows_apart;
    merge_span<Isa>(row, width, first.sums + at * width, first.largest[at],
                    first.totals[at]);
  }
  finish_row<Isa>(row, head_size, out);
}

template <class Isa>
void attend_many(const AttentionCache& cache, const AttentionQueries& queries,
                 float* scratch) {
  AttentionTile<Isa> tile(queries, cache.head_size, scratch);
  float* merged_sum = tile.merged;
  float* merged_largest = merged_sum + tile.padded_rows * tile.width;
  float* merged_total = merged_largest + tile.padded_rows;
  load_queries(tile, queries);
  for (std::size_t row = 0; row < tile.rows; ++row) merged_total[row] = 0.0f;
  const std::size_t length = queries.start + queries.tokens;
  const std::size_t seen = first_seen<Isa>(queries, 0);
  for (std::size_t first = seen / kSpanPositions * kSpanPositions;
       first < length; first += kSpanPositions) {
    const std::size_t rest = length - first;
    attend_span_tile(tile, cache, queries, first,
                     rest < kSpanPositions ? rest : kSpanPositions);
    for (std::size_t row = 0; row < tile.rows; ++row) {
      merge_span<Isa>({merged_sum + row * tile.width, merged_largest + row,
                       merged_total + row},
                      tile.width, tile.sum + row * tile.width,
                      tile.largest[row], tile.total[row]);
    }
  }
  for (std::size_t row = 0; row < tile.rows; ++row) {
    float* out = queries.out + row / queries.heads * queries.out_stride +
                 row % queries.heads * tile.size;
    finish_row<Isa>({merged_sum + row * tile.width, merged_largest + row,
                     merged_total + row},
                    tile.size, out);
  }
}

}  // namespace etllm::kernels
