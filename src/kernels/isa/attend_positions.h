#pragma once

// The running softmax over up to 64 positions. `Positions` is one of the
// sources of attention_tile.h: whichever it is, sums are made in the same
// order. `Rows` rows at a time share what is read. Templated like
// multiply_quantized.h.

#include "kernels/isa/attention_tile.h"
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

/// The scores of some rows and of at least `count` positions.
template <class Isa, int Rows, class Positions>
inline void score_rows(const AttentionTile<Isa>& tile,
                       const Positions& positions, std::size_t row,
                       std::size_t count) {
  constexpr std::size_t kStep = Isa::kScoreVectors * Isa::kLanes;
  std::size_t p = 0;
  for (; p + kStep <= kAttentionKeys && p + kStep / 2 < count; p += kStep) {
    score_tile<Isa, Rows, Isa::kScoreVectors>(tile, positions, row, p);
  }
  for (; p < count; p += kStep / 2) {
    score_tile<Isa, Rows, Isa::kScoreVectors / 2>(tile, positions, row, p);
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
  for (std::size_t p = valid; p < kAttentionKeys; ++p) weights[p] = 0.0f;
}

/// Adds the weighted values of `count` positions to `Vectors` vectors of
/// columns from `i` on, for some rows.
template <class Isa, int Rows, int Vectors, class Positions>
inline void add_tile_values(const AttentionTile<Isa>& tile,
                            const Positions& positions, std::size_t row,
                            std::size_t count, std::size_t i) {
  const float* weights = tile.weights + row * kAttentionKeys;
  float* out = tile.sum + row * tile.width + i;
  typename Isa::F sum[Rows][Vectors];
  for (int r = 0; r < Rows; ++r) {
    for (int v = 0; v < Vectors; ++v) {
      sum[r][v] = Isa::load(out + r * tile.width + v * Isa::kLanes);
    }
  }
  for (std::size_t p = 0; p < count; ++p) {
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
                                std::size_t count) {
  constexpr std::size_t kStep = Isa::kScoreVectors * Isa::kLanes;
  std::size_t i = 0;
  for (; i + kStep <= tile.width; i += kStep) {
    add_tile_values<Isa, Rows, Isa::kScoreVectors>(tile, positions, row, count,
                                                   i);
  }
  for (; i < tile.width; i += Isa::kLanes) {
    add_tile_values<Isa, Rows, 1>(tile, positions, row, count, i);
  }
}

/// The positions from `first` on, at most 64, of which `count` are known.
template <class Isa, int Rows, class Positions>
void attend_positions(AttentionTile<Isa>& tile, const AttentionQueries& queries,
                      const Positions& positions, std::size_t first,
                      std::size_t count) {
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
  for (std::size_t row = blind / Rows * Rows; row < tile.rows; row += Rows) {
    const std::size_t last =
        row + Rows - 1 < tile.rows ? row + Rows - 1 : tile.rows - 1;
    const std::size_t most = valid(last);
    score_rows<Isa, Rows>(tile, positions, row, most);
    for (std::size_t r = row; r < row + Rows; ++r) {
      update_softmax<Isa>(tile, r, valid(r));
    }
    add_weighted_values<Isa, Rows>(tile, positions, row, most);
  }
}

}  // namespace etllm::kernels
