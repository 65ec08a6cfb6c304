#pragma once

// Attention over a cache: keys and values are converted once per 64 positions
// and serve all queries of the tile, with the running softmax of Milakov and
// Gimelshein (https://arxiv.org/abs/1805.02867). Positions are cut into spans
// of 256, whose results are merged in order: that is how several threads share
// a long cache, and since every query is computed like this, its result does
// not depend on the chunk that it came in. Templated like multiply_quantized.h.

#include "kernels/isa/cache_reader.h"
#include "kernels/isa/softmax.h"

namespace etllm::kernels {

/// Where the parts of a tile lie in the scratch memory; see
/// `attention_scratch_floats` for its size.
template <class Isa>
struct AttentionTile {
  static constexpr std::size_t kRowStep = 4;

  AttentionTile(const AttentionQueries& queries, std::size_t head_size,
                float* scratch)
      : rows(queries.tokens * queries.heads),
        padded_rows((rows + kRowStep - 1) / kRowStep * kRowStep),
        size(head_size),
        width((head_size + 15) / 16 * 16),
        query(scratch),
        sum(query + padded_rows * width),
        weights(sum + padded_rows * width),
        keys(weights + padded_rows * kAttentionKeys),
        values(keys + width * kAttentionKeys),
        largest(values + kAttentionKeys * width),
        total(largest + padded_rows) {}

  std::size_t rows;
  std::size_t padded_rows;
  std::size_t size;
  std::size_t width;  ///< Head size in whole vectors.
  float* query;       ///< [padded_rows][width], scaled
  float* sum;         ///< [padded_rows][width], of weighted values
  float* weights;     ///< [padded_rows][64], scores at first
  float* keys;        ///< [4][size][16]: interleaved as in a cache
  float* values;      ///< [64][width]
  float* largest;     ///< [padded_rows]
  float* total;       ///< [padded_rows], of the weights
};

/// The queries, scaled.
template <class Isa>
void load_queries(AttentionTile<Isa>& tile, const AttentionQueries& queries) {
  for (std::size_t row = 0; row < tile.padded_rows; ++row) {
    float* query = tile.query + row * tile.width;
    const float* source = queries.queries +
                          row / queries.heads * queries.query_stride +
                          row % queries.heads * tile.size;
    const std::size_t size = row < tile.rows ? tile.size : 0;
    for (std::size_t i = 0; i < size; ++i) query[i] = source[i] * queries.scale;
    for (std::size_t i = size; i < tile.width; ++i) query[i] = 0.0f;
  }
}

template <class Isa>
void clear_sums(AttentionTile<Isa>& tile) {
  for (std::size_t i = 0; i < tile.padded_rows * tile.width; ++i) {
    tile.sum[i] = 0.0f;
  }
  for (std::size_t row = 0; row < tile.padded_rows; ++row) {
    tile.largest[row] = -__builtin_inff();
    tile.total[row] = 0.0f;
  }
}

/// Converts the keys of `count` positions from `first` on, in whole blocks.
template <class Isa, bool IsHalf>
void load_keys(AttentionTile<Isa>& tile, const AttentionCache& cache,
               std::size_t first, std::size_t count) {
  using Reader = CacheReader<Isa, IsHalf>;
  const std::size_t blocks =
      (count + kPositionsPerBlock - 1) / kPositionsPerBlock;
  const std::size_t elements = blocks * kPositionsPerBlock * tile.size;
  const std::size_t base = interleaved_key<Isa>(first, 0, tile.size);
  for (std::size_t i = 0; i < elements; i += Isa::kLanes) {
    Isa::store(tile.keys + i, Reader::vector(cache.keys, base + i));
  }
}

/// Converts the values of `count` positions from `first` on.
template <class Isa, bool IsHalf>
void load_values(AttentionTile<Isa>& tile, const AttentionCache& cache,
                 std::size_t first, std::size_t count) {
  using Reader = CacheReader<Isa, IsHalf>;
  for (std::size_t p = 0; p < count; ++p) {
    float* values = tile.values + p * tile.width;
    const std::size_t base = (first + p) * tile.size;
    std::size_t i = 0;
    for (; i + Isa::kLanes <= tile.size; i += Isa::kLanes) {
      Isa::store(values + i, Reader::vector(cache.values, base + i));
    }
    for (; i < tile.size; ++i)
      values[i] = Reader::value(cache.values, base + i);
    for (; i < tile.width; ++i) values[i] = 0.0f;
  }
}

/// Four rows' scores of `Vectors` vectors of positions from `p` on.
template <class Isa, int Vectors>
inline void score_tile(const AttentionTile<Isa>& tile, std::size_t row,
                       std::size_t p) {
  const float* query = tile.query + row * tile.width;
  const float* keys[Vectors];
  for (int v = 0; v < Vectors; ++v) {
    keys[v] =
        tile.keys + interleaved_key<Isa>(p + v * Isa::kLanes, 0, tile.size);
  }
  typename Isa::F sum[4][Vectors] = {};
  for (std::size_t i = 0; i < tile.size; ++i) {
    typename Isa::F lanes[Vectors];
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) {
      lanes[v] = Isa::load(keys[v] + i * kPositionsPerBlock);
    }
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r) {
      const auto value = Isa::set1(query[r * tile.width + i]);
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; ++v) {
        sum[r][v] = Isa::fma(lanes[v], value, sum[r][v]);
      }
    }
  }
  for (int r = 0; r < 4; ++r) {
    for (int v = 0; v < Vectors; ++v) {
      Isa::store(
          tile.weights + (row + r) * kAttentionKeys + p + v * Isa::kLanes,
          sum[r][v]);
    }
  }
}

/// Four rows' scores of at least `count` positions.
template <class Isa>
void score_four_rows(const AttentionTile<Isa>& tile, std::size_t row,
                     std::size_t count) {
  constexpr std::size_t kStep = Isa::kScoreVectors * Isa::kLanes;
  std::size_t p = 0;
  for (; p + kStep <= kAttentionKeys && p + kStep / 2 < count; p += kStep) {
    score_tile<Isa, Isa::kScoreVectors>(tile, row, p);
  }
  for (; p < count; p += kStep / 2) {
    score_tile<Isa, Isa::kScoreVectors / 2>(tile, row, p);
  }
}

/// Turns a row's scores into weights, of which only `valid` count, and brings
/// its sums to the new largest score.
template <class Isa>
void update_softmax(AttentionTile<Isa>& tile, std::size_t row,
                    std::size_t valid) {
  float* weights = tile.weights + row * kAttentionKeys;
  if (valid > 0) {
    const float before = tile.largest[row];
    const float largest = largest_score<Isa>(weights, valid, before);
    const float total = exponentials<Isa>(weights, valid, largest);
    const float correction = exponential_of<Isa>(before - largest);
    tile.largest[row] = largest;
    // One rounding whatever the compiler makes of the rest.
    tile.total[row] = Isa::fma(Isa::set1(tile.total[row]),
                               Isa::set1(correction), Isa::set1(total))[0];
    if (largest != before) {
      float* sum = tile.sum + row * tile.width;
      for (std::size_t i = 0; i < tile.width; i += Isa::kLanes) {
        Isa::store(sum + i, Isa::load(sum + i) * correction);
      }
    }
  }
  for (std::size_t p = valid; p < kAttentionKeys; ++p) weights[p] = 0.0f;
}

/// Adds four rows' weighted values of `count` positions to `Vectors` vectors
/// of columns from `i` on.
template <class Isa, int Vectors>
inline void add_tile_values(const AttentionTile<Isa>& tile, std::size_t row,
                            std::size_t count, std::size_t i) {
  const float* weights = tile.weights + row * kAttentionKeys;
  float* out = tile.sum + row * tile.width + i;
  typename Isa::F sum[4][Vectors];
  for (int r = 0; r < 4; ++r) {
    for (int v = 0; v < Vectors; ++v) {
      sum[r][v] = Isa::load(out + r * tile.width + v * Isa::kLanes);
    }
  }
  for (std::size_t p = 0; p < count; ++p) {
    typename Isa::F values[Vectors];
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) {
      values[v] = Isa::load(tile.values + p * tile.width + i + v * Isa::kLanes);
    }
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r) {
      const auto weight = Isa::set1(weights[r * kAttentionKeys + p]);
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; ++v) {
        sum[r][v] = Isa::fma(values[v], weight, sum[r][v]);
      }
    }
  }
  for (int r = 0; r < 4; ++r) {
    for (int v = 0; v < Vectors; ++v) {
      Isa::store(out + r * tile.width + v * Isa::kLanes, sum[r][v]);
    }
  }
}

template <class Isa>
void add_weighted_values(const AttentionTile<Isa>& tile, std::size_t row,
                         std::size_t count) {
  constexpr std::size_t kStep = Isa::kScoreVectors * Isa::kLanes;
  std::size_t i = 0;
  for (; i + kStep <= tile.width; i += kStep) {
    add_tile_values<Isa, Isa::kScoreVectors>(tile, row, count, i);
  }
  for (; i < tile.width; i += Isa::kLanes) {
    add_tile_values<Isa, 1>(tile, row, count, i);
  }
}

/// The positions from `first` on, at most 64, of which `count` are known.
template <class Isa>
void attend_positions(AttentionTile<Isa>& tile, const AttentionQueries& queries,
                      std::size_t first, std::size_t count) {
  // The query of token t sees the positions 0 .. start + t; rows of earlier
  // tokens have nothing to see here.
  const std::size_t blind =
      first > queries.start ? (first - queries.start) * queries.heads : 0;
  const auto valid = [&](std::size_t row) {
    const std::size_t end =
        row < tile.rows ? queries.start + row / queries.heads + 1 : 0;
    const std::size_t seen = end > first ? end - first : 0;
    return seen < count ? seen : count;
  };
  for (std::size_t row = blind / 4 * 4; row < tile.rows; row += 4) {
    const std::size_t last = row + 3 < tile.rows ? row + 3 : tile.rows - 1;
    const std::size_t most = valid(last);
    score_four_rows<Isa>(tile, row, most);
    for (std::size_t r = row; r < row + 4; ++r) {
      update_softmax<Isa>(tile, r, valid(r));
    }
    add_weighted_values<Isa>(tile, row, most);
  }
}

/// The positions `first .. first + count` of a span.
template <class Isa>
void attend_span_tile(AttentionTile<Isa>& tile, const AttentionCache& cache,
                      const AttentionQueries& queries, std::size_t first,
                      std::size_t count) {
  clear_sums(tile);
  for (std::size_t done = 0; done < count; done += kAttentionKeys) {
    const std::size_t rest = count - done;
    const std::size_t part = rest < kAttentionKeys ? rest : kAttentionKeys;
    if (cache.is_half) {
      load_keys<Isa, true>(tile, cache, first + done, part);
      load_values<Isa, true>(tile, cache, first + done, part);
    } else {
      load_keys<Isa, false>(tile, cache, first + done, part);
      load_values<Isa, false>(tile, cache, first + done, part);
    }
    attend_positions<Isa>(tile, queries, first + done, part);
  }
}

/// The result of some spans, to which the next one is added.
template <class Isa>
struct MergedRow {
  float* sum;
  float* largest;
  float* total;
};

template <class Isa>
inline void merge_span(const MergedRow<Isa>& row, std::size_t width,
                       const float* sum, float largest, float total) {
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
  float* merged_sum = tile.total + tile.padded_rows;
  float* merged_largest = merged_sum + tile.padded_rows * tile.width;
  float* merged_total = merged_largest + tile.padded_rows;
  load_queries(tile, queries);
  const std::size_t length = queries.start + queries.tokens;
  for (std::size_t first = 0; first < length; first += kSpanPositions) {
    const std::size_t rest = length - first;
    attend_span_tile(tile, cache, queries, first,
                     rest < kSpanPositions ? rest : kSpanPositions);
    for (std::size_t row = 0; row < tile.rows; ++row) {
      const MergedRow<Isa> merged{merged_sum + row * tile.width,
                                  merged_largest + row, merged_total + row};
      const float* sum = tile.sum + row * tile.width;
      if (first == 0) {
        for (std::size_t i = 0; i < tile.width; ++i) merged.sum[i] = sum[i];
        *merged.largest = tile.largest[row];
        *merged.total = tile.total[row];
      } else {
        merge_span<Isa>(merged, tile.width, sum, tile.largest[row],
                        tile.total[row]);
      }
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
