#pragma once

// Attention of many tokens: keys and values are converted once per 64
// positions and serve all queries of the tile, with the running softmax of
// Milakov and Gimelshein (https://arxiv.org/abs/1805.02867). Templated like
// multiply_quantized.h.

#include "kernels/isa/attend_one.h"

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
  float* keys;        ///< [size][64]: transposed
  float* values;      ///< [64][width]
  float* largest;     ///< [padded_rows]
  float* total;       ///< [padded_rows], of the weights
};

template <class Isa>
void start_tile(AttentionTile<Isa>& tile, const AttentionQueries& queries) {
  for (std::size_t row = 0; row < tile.padded_rows; ++row) {
    float* query = tile.query + row * tile.width;
    const float* source = queries.queries +
                          row / queries.heads * queries.query_stride +
                          row % queries.heads * tile.size;
    for (std::size_t i = 0; i < tile.width; ++i) {
      query[i] =
          row < tile.rows && i < tile.size ? source[i] * queries.scale : 0.0f;
      tile.sum[row * tile.width + i] = 0.0f;
    }
    tile.largest[row] = -__builtin_inff();
    tile.total[row] = 0.0f;
  }
}

/// Converts `count` keys and values from `first` on; clears the rest.
template <class Isa, bool IsHalf>
void load_positions(AttentionTile<Isa>& tile, const AttentionCache& cache,
                    std::size_t first, std::size_t count) {
  for (std::size_t p = 0; p < kAttentionKeys; ++p) {
    float* values = tile.values + p * tile.width;
    if (p >= count) {
      for (std::size_t i = 0; i < tile.size; ++i) {
        tile.keys[i * kAttentionKeys + p] = 0.0f;
      }
      for (std::size_t i = 0; i < tile.width; ++i) values[i] = 0.0f;
      continue;
    }
    const CacheRow<Isa, IsHalf> key(cache.keys, first + p, tile.size);
    const CacheRow<Isa, IsHalf> value(cache.values, first + p, tile.size);
    std::size_t i = 0;
    for (; i + Isa::kLanes <= tile.size; i += Isa::kLanes) {
      const auto lanes = key.vector(i);
      for (int lane = 0; lane < Isa::kLanes; ++lane) {
        tile.keys[(i + lane) * kAttentionKeys + p] = lanes[lane];
      }
      Isa::store(values + i, value.vector(i));
    }
    for (; i < tile.size; ++i) {
      tile.keys[i * kAttentionKeys + p] = key.value(i);
      values[i] = value.value(i);
    }
    for (; i < tile.width; ++i) values[i] = 0.0f;
  }
}

/// Four rows' scores, four vectors of keys at a time.
template <class Isa>
void score_rows(const AttentionTile<Isa>& tile, std::size_t row) {
  constexpr std::size_t kStep = Isa::kScoreVectors * Isa::kLanes;
  const float* query = tile.query + row * tile.width;
  for (std::size_t p = 0; p < kAttentionKeys; p += kStep) {
    typename Isa::F sum[4][Isa::kScoreVectors] = {};
    for (std::size_t i = 0; i < tile.size; ++i) {
      const float* keys = tile.keys + i * kAttentionKeys + p;
#pragma GCC unroll 4
      for (int v = 0; v < Isa::kScoreVectors; ++v) {
        const auto lanes = Isa::load(keys + v * Isa::kLanes);
#pragma GCC unroll 4
        for (int r = 0; r < 4; ++r) {
          sum[r][v] =
              Isa::fma(lanes, Isa::set1(query[r * tile.width + i]), sum[r][v]);
        }
      }
    }
    for (int r = 0; r < 4; ++r) {
      for (int v = 0; v < Isa::kScoreVectors; ++v) {
        Isa::store(
            tile.weights + (row + r) * kAttentionKeys + p + v * Isa::kLanes,
            sum[r][v]);
      }
    }
  }
}

/// Turns a row's scores into weights, of which only `valid` count, and brings
/// its sums to the new largest score.
template <class Isa>
void update_softmax(AttentionTile<Isa>& tile, std::size_t row,
                    std::size_t valid) {
  float* weights = tile.weights + row * kAttentionKeys;
  for (std::size_t p = valid; p < kAttentionKeys; ++p) weights[p] = 0.0f;
  if (valid == 0) return;
  float largest = tile.largest[row];
  for (std::size_t p = 0; p < valid; ++p) {
    largest = weights[p] > largest ? weights[p] : largest;
  }
  const float total = exponentials<Isa>(weights, valid, largest);
  const float correction = exponential_of<Isa>(tile.largest[row] - largest);
  tile.total[row] = tile.total[row] * correction + total;
  tile.largest[row] = largest;
  float* sum = tile.sum + row * tile.width;
  for (std::size_t i = 0; i < tile.width; i += Isa::kLanes) {
    Isa::store(sum + i, Isa::load(sum + i) * correction);
  }
}

/// Adds four rows' weighted values of `count` positions.
template <class Isa>
void add_weighted_values(AttentionTile<Isa>& tile, std::size_t row,
                         std::size_t count) {
  const float* weights = tile.weights + row * kAttentionKeys;
  for (std::size_t i = 0; i < tile.width; i += Isa::kLanes) {
    float* out = tile.sum + row * tile.width + i;
    typename Isa::F sum[4];
    for (int r = 0; r < 4; ++r) sum[r] = Isa::load(out + r * tile.width);
    for (std::size_t p = 0; p < count; ++p) {
      const auto value = Isa::load(tile.values + p * tile.width + i);
#pragma GCC unroll 4
      for (int r = 0; r < 4; ++r) {
        sum[r] =
            Isa::fma(value, Isa::set1(weights[r * kAttentionKeys + p]), sum[r]);
      }
    }
    for (int r = 0; r < 4; ++r) Isa::store(out + r * tile.width, sum[r]);
  }
}

template <class Isa>
void finish_tile(const AttentionTile<Isa>& tile,
                 const AttentionQueries& queries) {
  for (std::size_t row = 0; row < tile.rows; ++row) {
    const float factor = 1.0f / tile.total[row];
    const float* sum = tile.sum + row * tile.width;
    float* out = queries.out + row / queries.heads * queries.out_stride +
                 row % queries.heads * tile.size;
    for (std::size_t i = 0; i < tile.size; ++i) out[i] = sum[i] * factor;
  }
}

template <class Isa>
void attend_many(const AttentionCache& cache, const AttentionQueries& queries,
                 float* scratch) {
  AttentionTile<Isa> tile(queries, cache.head_size, scratch);
  start_tile(tile, queries);
  const std::size_t length = queries.start + queries.tokens;
  for (std::size_t first = 0; first < length; first += kAttentionKeys) {
    const std::size_t rest = length - first;
    const std::size_t count = rest < kAttentionKeys ? rest : kAttentionKeys;
    if (cache.is_half) {
      load_positions<Isa, true>(tile, cache, first, count);
    } else {
      load_positions<Isa, false>(tile, cache, first, count);
    }
    for (std::size_t row = 0; row < tile.padded_rows; row += 4) {
      score_rows(tile, row);
      for (std::size_t r = row; r < row + 4; ++r) {
        // The query of token t sees the positions 0 .. start + t.
        const std::size_t end =
            r < tile.rows ? queries.start + r / queries.heads + 1 : 0;
        const std::size_t valid = end > first ? end - first : 0;
        update_softmax(tile, r, valid < count ? valid : count);
      }
      add_weighted_values(tile, row, count);
    }
  }
  finish_tile(tile, queries);
}

}  // namespace etllm::kernels
