#pragma once

// The running softmax over up to 64 positions. `Positions` is one of the
// sources of attention_tile.h: whichever it is, sums are made in the same
// order. `Rows` rows at a time share what is read. Templated like
// multiply_quantized.h.

#include "kernels/isa/attention_tile.h"
#include "kernels/isa/hyperbolic.h"
#include "kernels/isa/softmax.h"

namespace etllm::kernels {

/// The scores of some rows and of `Vectors` vectors of positions from `p` on.
template <class Isa, int Rows, int Vectors, class Positions>
inline void score_tile(const AttentionTile<Isa>& tile,
                       const Positions& positions, std::size_t row,
                       std::size_t p) {
  const float* query = tile.query + row * tile.width;
  typename Isa::F sum[Rows][Vectors] = {};
  for (std::size_t i = 0; i < tile.size; ++i) {
    typename Isa::F lanes[Vectors];
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) {
      lanes[v] = positions.key(p + v * Isa::kLanes, i);
    }
#pragma GCC unroll 4
    for (int r = 0; r < Rows; ++r) {
      const auto value = Isa::set1(query[r * tile.width + i]);
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; ++v) {
        sum[r][v] = Isa::fma(lanes[v], value, sum[r][v]);
      }
    }
  }
  for (int r = 0; r < Rows; ++r) {
    for (int v = 0; v < Vectors; ++v) {
      Isa::store(
          tile.weights + (row + r) * kAttentionKeys + p + v * Isa::kLanes,
          sum[r][v]);
    }
  }
}

/// Positions or rows of a tile, `begin .. end`.
struct PositionRange {
  std::size_t begin;
  std::size_t end;
};

/// The scores of some rows and of at least the positions of `range`.
template <class Isa, int Rows, class Positions>
inline void score_rows(const AttentionTile<Isa>& tile,
                       const Positions& positions, std::size_t row,
                       const PositionRange& range) {
  constexpr std::size_t kStep = Isa::kScoreVectors * Isa::kLanes;
  std::size_t p = range.begin / kStep * kStep;
  for (; p + kStep <= kAttentionKeys && p + kStep / 2 < range.end; p += kStep) {
    score_tile<Isa, Rows, Isa::kScoreVectors>(tile, positions, row, p);
  }
  for (; p < range.end; p += kStep / 2) {
    score_tile<Isa, Rows, Isa::kScoreVectors / 2>(tile, positions, row, p);
  }
}

/// What the keys and values of a tile's positions are to be multiplied by; null
/// where they are what they are. Scores and weights take it, which is less work
/// than the values themselves would be.
struct PositionScales {
  const float* keys;
  const float* values;
};

/// Multiplies a row's scores or weights by the scales of their positions.
template <class Isa>
void scale_row(const AttentionTile<Isa>& tile, std::size_t row,
               const PositionRange& range, const float* scales) {
  float* row_values = tile.weights + row * kAttentionKeys;
  for (std::size_t p = range.begin / Isa::kLanes * Isa::kLanes; p < range.end;
       p += Isa::kLanes) {
    Isa::store(row_values + p,
               Isa::load(row_values + p) * Isa::load(scales + p));
  }
}

/// Bends a row's scores towards +-`cap`.
template <class Isa>
void cap_scores(const AttentionTile<Isa>& tile, std::size_t row,
                const PositionRange& range, float cap) {
  float* scores = tile.weights + row * kAttentionKeys;
  const float inverse = 1.0f / cap;
  for (std::size_t p = range.begin / Isa::kLanes * Isa::kLanes; p < range.end;
       p += Isa::kLanes) {
    Isa::store(scores + p,
               soft_capped<Isa>(Isa::load(scores + p), cap, inverse));
  }
}

/// Products of queries and keys become scores; nothing is done where there are
/// neither scales nor a cap.
template <class Isa>
inline void finish_scores(const AttentionTile<Isa>& tile, std::size_t row,
                          const PositionRange& range, const float* key_scales,
                          float soft_cap) {
  if (key_scales != nullptr) scale_row<Isa>(tile, row, range, key_scales);
  if (soft_cap != 0.0f) cap_scores<Isa>(tile, row, range, soft_cap);
}

/// Turns a row's scores into weights, of which only those of `range` count,
/// and brings its sums to the new largest score.
template <class Isa>
void update_softmax(AttentionTile<Isa>& tile, std::size_t row,
                    const PositionRange& range) {
  float* weights = tile.weights + row * kAttentionKeys;
  std::size_t begin = range.begin;
  if (begin < range.end) {
    // Whole vectors, the first of which may begin before the range.
    begin = begin / Isa::kLanes * Isa::kLanes;
    for (std::size_t p = begin; p < range.begin; ++p) {
      weights[p] = -__builtin_inff();
    }
    const std::size_t length = range.end - begin;
    const float before = tile.largest[row];
    const float largest = largest_score<Isa>(weights + begin, length, before);
    const float total = exponentials<Isa>(weights + begin, length, largest);
    float correction = 1.0f;
    if (largest != before) {
      correction = exponential_of<Isa>(before - largest);
      float* sum = tile.sum + row * tile.width;
      for (std::size_t i = 0; i < tile.width; i += Isa::kLanes) {
        Isa::store(sum + i, Isa::load(sum + i) * correction);
      }
    }
    tile.largest[row] = largest;
    // One rounding whatever the compiler makes of the rest.
    tile.total[row] = Isa::fma(Isa::set1(tile.total[row]),
                               Isa::set1(correction), Isa::set1(total))[0];
  }
  for (std::size_t p = 0; p < begin; ++p) weights[p] = 0.0f;
  for (std::size_t p = range.end; p < kAttentionKeys; ++p) weights[p] = 0.0f;
}

/// Adds the weighted values of the positions of `range` to `Vectors` vectors
/// of columns from `i` on, for some rows.
template <class Isa, int Rows, int Vectors, class Positions>
inline void add_tile_values(const AttentionTile<Isa>& tile,
                            const Positions& positions, std::size_t row,
                            const PositionRange& range, std::size_t i) {
  const float* weights = tile.weights + row * kAttentionKeys;
  float* out = tile.sum + row * tile.width + i;
  typename Isa::F sum[Rows][Vectors];
  for (int r = 0; r < Rows; ++r) {
    for (int v = 0; v < Vectors; ++v) {
      sum[r][v] = Isa::load(out + r * tile.width + v * Isa::kLanes);
    }
  }
  for (std::size_t p = range.begin; p < range.end; ++p) {
    typename Isa::F values[Vectors];
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) {
      values[v] = positions.value(p, i + v * Isa::kLanes);
    }
#pragma GCC unroll 4
    for (int r = 0; r < Rows; ++r) {
      const auto weight = Isa::set1(weights[r * kAttentionKeys + p]);
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; ++v) {
        sum[r][v] = Isa::fma(values[v], weight, sum[r][v]);
      }
    }
  }
  for (int r = 0; r < Rows; ++r) {
    for (int v = 0; v < Vectors; ++v) {
      Isa::store(out + r * tile.width + v * Isa::kLanes, sum[r][v]);
    }
  }
}

template <class Isa, int Rows, class Positions>
inline void add_weighted_values(const AttentionTile<Isa>& tile,
                                const Positions& positions, std::size_t row,
                                const PositionRange& range) {
  constexpr std::size_t kStep = Isa::kScoreVectors * Isa::kLanes;
  std::size_t i = 0;
  for (; i + kStep <= tile.width; i += kStep) {
    add_tile_values<Isa, Rows, Isa::kScoreVectors>(tile, positions, row, range,
                                                   i);
  }
  for (; i < tile.width; i += Isa::kLanes) {
    add_tile_values<Isa, Rows, 1>(tile, positions, row, range, i);
  }
}

/// The first position that `token` sees.
template <class Isa>
inline std::size_t first_seen(const AttentionQueries& queries,
                              std::size_t token) {
  const std::size_t end = queries.start + token + 1;
  return queries.window == 0 || queries.window > end ? 0 : end - queries.window;
}

/// What `token` sees of the `count` positions from `first` on.
template <class Isa>
inline PositionRange seen_range(const AttentionQueries& queries,
                                std::size_t token, std::size_t first,
                                std::size_t count) {
  const auto inside = [&](std::size_t position) {
    const std::size_t offset = position > first ? position - first : 0;
    return offset < count ? offset : count;
  };
  return {inside(first_seen<Isa>(queries, token)),
          inside(queries.start + token + 1)};
}

/// The rows that see any of the `count` positions from `first` on.
template <class Isa>
inline PositionRange rows_that_see(const AttentionQueries& queries,
                                   std::size_t first, std::size_t count) {
  const std::size_t begin = first > queries.start ? first - queries.start : 0;
  std::size_t end = queries.tokens;
  if (queries.window != 0) {
    const std::size_t last = first + count + queries.window - 1;
    const std::size_t before = last > queries.start ? last - queries.start : 0;
    if (before < end) end = before;
  }
  return {begin * queries.heads, end * queries.heads};
}

/// The positions from `first` on, at most 64, of which `count` are known.
template <class Isa, int Rows, class Positions>
void attend_positions(AttentionTile<Isa>& tile, const AttentionQueries& queries,
                      const Positions& positions, const PositionScales& scales,
                      std::size_t first, std::size_t count) {
  const auto seen = [&](std::size_t row) {
    return row < tile.rows
               ? seen_range<Isa>(queries, row / queries.heads, first, count)
               : PositionRange{0, 0};
  };
  const PositionRange rows = rows_that_see<Isa>(queries, first, count);
  for (std::size_t row = rows.begin / Rows * Rows; row < rows.end;
       row += Rows) {
    const std::size_t last =
        row + Rows - 1 < tile.rows ? row + Rows - 1 : tile.rows - 1;
    // Later rows begin and end later.
    const PositionRange all{seen(row).begin, seen(last).end};
    score_rows<Isa, Rows>(tile, positions, row, all);
    for (std::size_t r = row; r < row + Rows; ++r) {
      const PositionRange range = seen(r);
      finish_scores<Isa>(tile, r, range, scales.keys, queries.soft_cap);
      update_softmax<Isa>(tile, r, range);
      if (scales.values != nullptr) {
        scale_row<Isa>(tile, r, range, scales.values);
      }
    }
    add_weighted_values<Isa, Rows>(tile, positions, row, all);
  }
}

}  // namespace etllm::kernels
