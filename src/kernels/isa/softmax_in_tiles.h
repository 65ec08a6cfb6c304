#pragma once

// The softmax of attention in tiles: sixteen rows together, 64 positions at a
// time.

#include "kernels/isa/amx_tiles.h"
#include "kernels/isa/attend_positions.h"

namespace etllm::kernels {
namespace {

/// A row's weights take the place of its scores.
template <class Isa>
inline Bf16* weights_of_row(const AttentionTile<Isa>& tile, std::size_t row) {
  return reinterpret_cast<Bf16*>(tile.weights + row * kAttentionKeys);
}

/// What the weights of 64 positions are to be multiplied by, if anything: zero
/// from `count` on, where the cache has nothing yet.
struct TileValueScales {
  TileValueScales(const float* scales, std::size_t count)
      : is_given(scales != nullptr) {
    if (!is_given) return;
    for (std::size_t v = 0; v < 4; ++v) {
      factors[v] = load_some(scales, 16 * v, count);
    }
  }

  void multiply(__m512 (&weights)[4]) const {
    if (!is_given) return;
#pragma GCC unroll 4
    for (std::size_t v = 0; v < 4; ++v) weights[v] = weights[v] * factors[v];
  }

  bool is_given;
  __m512 factors[4];
};

/// Lane r is row r's lanes, combined in pairs; all rows in the same order.
template <class Combine>
inline __m512 combine_lanes(const __m512 (&rows)[kTileTokens],
                            const Combine& combine) {
  __m512 twos[8];
  __m512 fours[4];
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) {
    twos[i] = combine(_mm512_unpacklo_ps(rows[2 * i], rows[2 * i + 1]),
                      _mm512_unpackhi_ps(rows[2 * i], rows[2 * i + 1]));
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const auto a = _mm512_castps_pd(twos[2 * i]);
    const auto b = _mm512_castps_pd(twos[2 * i + 1]);
    fours[i] = combine(_mm512_castpd_ps(_mm512_unpacklo_pd(a, b)),
                       _mm512_castpd_ps(_mm512_unpackhi_pd(a, b)));
  }
  // Now each quarter has four rows, and their lanes are in four quarters.
  const auto quarters = [&](__m512 a, __m512 b) {
    return combine(_mm512_shuffle_f32x4(a, b, 0x88),
                   _mm512_shuffle_f32x4(a, b, 0xdd));
  };
  return quarters(quarters(fours[0], fours[1]), quarters(fours[2], fours[3]));
}

/// Whether each row sees all of the 64 positions.
inline bool sees_all(const PositionRange (&ranges)[kTileTokens]) {
  for (const PositionRange& range : ranges) {
    if (range.begin != 0 || range.end != kAttentionKeys) return false;
  }
  return true;
}

/// The running softmax of sixteen rows: their scores of 64 positions become
/// weights, and their sums and totals are brought to the new largest scores.
template <class Isa>
struct TileSoftmax {
  TileSoftmax(AttentionTile<Isa>& all, std::size_t first_row,
              const TileValueScales& scales)
      : tile(all), first(first_row), value_scales(scales) {}

  /// What all rows see, or each its own.
  struct AllPositions {
    __mmask16 lanes(std::size_t, std::size_t) const { return 0xffff; }
  };
  struct SomePositions {
    __mmask16 lanes(std::size_t r, std::size_t v) const {
      const auto below = [&](std::size_t end) {
        const std::size_t count = end > 16 * v ? end - 16 * v : 0;
        return count >= 16 ? 0xffffU : (1U << count) - 1;
      };
      return static_cast<__mmask16>(below(ranges[r].end) &
                                    ~below(ranges[r].begin));
    }
    const PositionRange (&ranges)[kTileTokens];
  };

  template <class Seen>
  __m512 scores(std::size_t r, std::size_t v, const Seen& seen) const {
    return _mm512_mask_loadu_ps(
        _mm512_set1_ps(-__builtin_inff()), seen.lanes(r, v),
        tile.weights + (first + r) * kAttentionKeys + 16 * v);
  }

  /// `ranges` are what each row sees.
  void run(const PositionRange (&ranges)[kTileTokens]) {
    if (sees_all(ranges)) {
      run_on(AllPositions());
    } else {
      run_on(SomePositions{ranges});
    }
  }

  template <class Seen>
  void run_on(const Seen& seen) {
    __m512 rows[kTileTokens];
    for (std::size_t r = 0; r < kTileTokens; ++r) {
      rows[r] =
          _mm512_max_ps(_mm512_max_ps(scores(r, 0, seen), scores(r, 1, seen)),
                        _mm512_max_ps(scores(r, 2, seen), scores(r, 3, seen)));
    }
    const __m512 before = _mm512_loadu_ps(tile.largest + first);
    const __m512 after =
        _mm512_max_ps(before, combine_lanes(rows, [](__m512 a, __m512 b) {
                        return _mm512_max_ps(a, b);
                      }));
    _mm512_storeu_ps(tile.largest + first, after);
    // Rows that have seen nothing yet have no largest score to subtract.
    const __m512 base = _mm512_max_ps(after, _mm512_set1_ps(-3e38f));
    const __m512 corrections = Avx512::exponential(before - base);
    alignas(64) float largest[kTileTokens];
    _mm512_store_ps(largest, base);
    for (std::size_t r = 0; r < kTileTokens; ++r) {
      const __m512 top = _mm512_set1_ps(largest[r]);
      __m512 w[4];
#pragma GCC unroll 4
      for (std::size_t v = 0; v < 4; ++v) {
        w[v] = Avx512::exponential(scores(r, v, seen) - top);
      }
      rows[r] = (w[0] + w[1]) + (w[2] + w[3]);
      value_scales.multiply(w);
      Bf16* weights = weights_of_row(tile, first + r);
      _mm512_store_si512(weights, to_bf16(w[0], w[1]));
      _mm512_store_si512(weights + kTileCols, to_bf16(w[2], w[3]));
    }
    const __m512 totals =
        combine_lanes(rows, [](__m512 a, __m512 b) { return a + b; });
    _mm512_storeu_ps(tile.total + first,
                     _mm512_fmadd_ps(_mm512_loadu_ps(tile.total + first),
                                     corrections, totals));
    rescale_sums(corrections, _mm512_cmpneq_ps_mask(before, after));
  }

  void rescale_sums(__m512 corrections, unsigned rows) const {
    alignas(64) float factors[kTileTokens];
    _mm512_store_ps(factors, corrections);
    for (; rows != 0; rows &= rows - 1) {
      const auto r = static_cast<std::size_t>(__builtin_ctz(rows));
      float* sum = tile.sum + (first + r) * tile.width;
      for (std::size_t i = 0; i < tile.width; i += 16) {
        _mm512_storeu_ps(sum + i, _mm512_loadu_ps(sum + i) * factors[r]);
      }
    }
  }

  AttentionTile<Isa>& tile;
  std::size_t first;
  const TileValueScales& value_scales;
};

}  // namespace
}  // namespace etllm::kernels
