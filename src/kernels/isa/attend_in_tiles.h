#pragma once

// The part of attention that 64 positions have, by products of tiles: scores
// and sums of 16 rows at a time. All operands are two numbers of bf16 each, for
// a score's error is one of its exponential.

#include "kernels/isa/amx_tiles.h"
#include "kernels/isa/attend_positions.h"
#include "kernels/isa/avx512.h"

namespace etllm::kernels {
namespace {

struct Amx : Avx512 {
  /// Rows of a tile are padded to.
  static constexpr std::size_t kRowPadding = kTileTokens;

  /// To be called when the queries are loaded.
  static void pack_queries(const AttentionTile<Amx>& tile);
  /// Attends to the `count` positions from `first` on, which begin at `slot`.
  template <CacheType Type>
  static void attend(AttentionTile<Amx>& tile, const AttentionCache& cache,
                     const AttentionQueries& queries,
                     const PositionScales& scales, std::size_t first,
                     std::size_t slot, std::size_t count);
};

constexpr std::size_t kKeyBlocks = kAttentionKeys / kPositionsPerBlock;

/// Where the operands of a tile lie in its memory.
struct AttentionOperands {
  explicit AttentionOperands(const AttentionTile<Amx>& tile)
      : depth((tile.width + kTileCols - 1) / kTileCols),
        columns(tile.width / 16),
        queries(tile.bf16),
        query_part(tile.padded_rows / kTileTokens * depth * kTileElements),
        keys(queries + 2 * query_part),
        key_part(kKeyBlocks * depth * kTileElements),
        values(keys + 2 * key_part),
        value_part(2 * columns * kTileElements) {}

  /// Sixteen rows, 32 values of each.
  Bf16* query(std::size_t row_tile, std::size_t d) const {
    return queries + (row_tile * depth + d) * kTileElements;
  }
  /// 32 values of sixteen positions.
  Bf16* key(std::size_t block, std::size_t d) const {
    return keys + (block * depth + d) * kTileElements;
  }
  /// Sixteen values of 32 positions.
  Bf16* value(std::size_t column, std::size_t half) const {
    return values + (column * 2 + half) * kTileElements;
  }

  std::size_t depth;    ///< Tiles of 32 values of a head.
  std::size_t columns;  ///< Tiles of 16 of them.
  Bf16* queries;
  std::size_t query_part;
  Bf16* keys;
  std::size_t key_part;
  Bf16* values;
  std::size_t value_part;
};

/// From part to part of a row's weights, which take the place of its scores:
/// [2 parts][64].
constexpr std::size_t kWeightPart = kAttentionKeys;

inline Bf16* weights_of_row(const AttentionTile<Amx>& tile, std::size_t row) {
  return reinterpret_cast<Bf16*>(tile.weights + row * kAttentionKeys);
}

inline void Amx::pack_queries(const AttentionTile<Amx>& tile) {
  const AttentionOperands operands(tile);
  for (std::size_t row = 0; row < tile.padded_rows; ++row) {
    const float* query = tile.query + row * tile.width;
    for (std::size_t d = 0; d < operands.depth; ++d) {
      store_row(
          query, d * kTileCols, tile.width,
          operands.query(row / kTileTokens, d) + row % kTileTokens * kTileCols,
          operands.query_part);
    }
  }
}

/// Keys of some whole blocks from `slot` on, in two parts.
template <CacheType Type>
void pack_keys(const AttentionOperands& operands, const AttentionCache& cache,
               std::size_t slot, std::size_t blocks) {
  using Reader = CacheReader<Amx, Type>;
  const std::size_t size = cache.head_size;
  for (std::size_t b = 0; b < blocks; ++b) {
    const std::size_t base =
        interleaved_key<Amx>(slot + b * kPositionsPerBlock, 0, size);
    const auto key = [&](std::size_t i) {
      return i < size ? reinterpret_cast<__m512>(Reader::vector(
                            cache.keys, base + i * kPositionsPerBlock))
                      : __m512{};
    };
    for (std::size_t i = 0; i < operands.depth * kTileCols; i += 2) {
      store_pair(key(i), key(i + 1),
                 operands.key(b, i / kTileCols) + i % kTileCols * 16,
                 operands.key_part);
    }
  }
}

/// Values of 64 positions from `slot` on, in two parts; those from `count` on
/// are zeros.
template <CacheType Type>
void pack_values(const AttentionOperands& operands, const AttentionCache& cache,
                 std::size_t slot, std::size_t count) {
  using Reader = CacheReader<Amx, Type>;
  const std::size_t size = cache.head_size;
  const auto value = [&](std::size_t position, std::size_t i) {
    if (position >= count) return __m512{};
    const std::size_t at = (slot + position) * size + i;
    if (i + 16 <= size) {
      return reinterpret_cast<__m512>(Reader::vector(cache.values, at));
    }
    alignas(64) float rest[16] = {};
    for (std::size_t j = 0; i + j < size; ++j) {
      rest[j] = Reader::value(cache.values, at + j);
    }
    return _mm512_load_ps(rest);
  };
  for (std::size_t position = 0; position < kAttentionKeys; position += 2) {
    for (std::size_t c = 0; c < operands.columns; ++c) {
      store_pair(
          value(position, 16 * c), value(position + 1, 16 * c),
          operands.value(c, position / kTileCols) + position % kTileCols * 16,
          operands.value_part);
    }
  }
}

// Registers of four independent sums and of their operands: a product waits for
// the one before it on the same sums, so that passes go over four of them.
constexpr int kAttentionSums = 0;
constexpr int kAttentionRows = 4;
constexpr int kAttentionColumns = 6;

/// Calls `run.operator()<Index>()` for the first `count` of four.
template <class Run>
void for_sums(std::size_t count, Run&& run) {
  run.template operator()<0>();
  if (count > 1) run.template operator()<1>();
  if (count > 2) run.template operator()<2>();
  if (count > 3) run.template operator()<3>();
}

/// Adds the products of one part of sixteen rows, and of one part of up to four
/// tiles of columns, which are `apart` from each other.
template <int Rows>
inline void add_pass(const Bf16* columns, std::size_t apart,
                     std::size_t count) {
  for_sums(count, [&]<int Index>() {
    constexpr int kColumns = kAttentionColumns + Index % 2;
    load_tile<kColumns>(columns + Index * apart, kTileStride);
    multiply_tile<kAttentionSums + Index, Rows, kColumns>();
  });
}

/// A tile of sixteen rows in two parts.
struct TileRows {
  const Bf16* data;
  std::size_t part;
  std::size_t stride_bytes;
};

/// Adds the products of sixteen rows and up to four tiles of columns, all but
/// that of the smaller parts.
inline void add_passes(const TileRows& rows, const Bf16* columns,
                       std::size_t column_part, std::size_t apart,
                       std::size_t count) {
  load_tile<kAttentionRows>(rows.data, rows.stride_bytes);
  add_pass<kAttentionRows>(columns, apart, count);
  load_tile<kAttentionRows + 1>(rows.data + rows.part, rows.stride_bytes);
  add_pass<kAttentionRows + 1>(columns, apart, count);
  add_pass<kAttentionRows>(columns + column_part, apart, count);
}

/// The scores of sixteen rows and the blocks `begin .. end` of positions.
inline void score_in_tiles(const AttentionTile<Amx>& tile,
                           const AttentionOperands& operands,
                           std::size_t row_tile, std::size_t begin,
                           std::size_t end) {
  if (begin >= end) return;
  const std::size_t count = end - begin;
  for_sums(count, []<int Index>() { clear_tile<kAttentionSums + Index>(); });
  for (std::size_t d = 0; d < operands.depth; ++d) {
    add_passes({operands.query(row_tile, d), operands.query_part, kTileStride},
               operands.key(begin, d), operands.key_part,
               operands.depth * kTileElements, count);
  }
  float* out = tile.weights + row_tile * kTileTokens * kAttentionKeys +
               begin * kPositionsPerBlock;
  for_sums(count, [&]<int Index>() {
    store_tile<kAttentionSums + Index>(out + Index * kPositionsPerBlock,
                                       kAttentionKeys * sizeof(float));
  });
}

/// Adds the weighted values of sixteen rows and 64 positions.
inline void add_values_in_tiles(const AttentionTile<Amx>& tile,
                                const AttentionOperands& operands,
                                std::size_t row_tile) {
  const Bf16* weights = weights_of_row(tile, row_tile * kTileTokens);
  const std::size_t stride = tile.width * sizeof(float);
  for (std::size_t c = 0; c < operands.columns; c += 4) {
    const std::size_t count =
        operands.columns - c < 4 ? operands.columns - c : 4;
    float* sum = tile.sum + row_tile * kTileTokens * tile.width + 16 * c;
    for_sums(count, [&]<int Index>() {
      load_tile<kAttentionSums + Index>(sum + 16 * Index, stride);
    });
    for (std::size_t half = 0; half < 2; ++half) {
      add_passes({weights + half * kTileCols, kWeightPart,
                  kAttentionKeys * sizeof(float)},
                 operands.value(c, half), operands.value_part,
                 2 * kTileElements, count);
    }
    for_sums(count, [&]<int Index>() {
      store_tile<kAttentionSums + Index>(sum + 16 * Index, stride);
    });
  }
}

/// e^x for x <= 0, relative error below 1e-6 where it is not tiny: the whole
/// part of x / ln(2) scales 2 to the power of the rest, by its Taylor
/// polynomial.
inline __m512 weight_of(__m512 x) {
  const __m512 y = x * 1.44269504f;
  const __m512 whole = _mm512_roundscale_ps(y, 0);
  const __m512 rest = y - whole;
  __m512 sum = _mm512_set1_ps(1.54035304e-4f);
  sum = _mm512_fmadd_ps(sum, rest, _mm512_set1_ps(1.33335581e-3f));
  sum = _mm512_fmadd_ps(sum, rest, _mm512_set1_ps(9.61812911e-3f));
  sum = _mm512_fmadd_ps(sum, rest, _mm512_set1_ps(5.55041087e-2f));
  sum = _mm512_fmadd_ps(sum, rest, _mm512_set1_ps(2.40226507e-1f));
  sum = _mm512_fmadd_ps(sum, rest, _mm512_set1_ps(6.93147181e-1f));
  sum = _mm512_fmadd_ps(sum, rest, _mm512_set1_ps(1.0f));
  return _mm512_scalef_ps(sum, whole);
}

/// 32 weights of a row in two parts.
inline void store_weights(__m512 low, __m512 high, Bf16* out) {
  const auto cut = [](__m512 x) {
    return _mm512_castsi512_ps(
        _mm512_and_si512(_mm512_castps_si512(x), _mm512_set1_epi32(~0xffff)));
  };
  const __m512 low_cut = cut(low);
  const __m512 high_cut = cut(high);
  _mm512_store_si512(out, to_bf16(low_cut, high_cut));
  _mm512_store_si512(out + kWeightPart,
                     to_bf16(low - low_cut, high - high_cut));
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

/// The running softmax of sixteen rows: their scores of 64 positions become
/// weights, and their sums and totals are brought to the new largest scores.
struct TileSoftmax {
  TileSoftmax(AttentionTile<Amx>& all, std::size_t first_row,
              const TileValueScales& scales)
      : tile(all), first(first_row), value_scales(scales) {}

  __m512 scores(std::size_t r, std::size_t v,
                const PositionRange& range) const {
    // Positions of the vector that the row sees.
    const auto below = [&](std::size_t end) {
      const std::size_t lanes = end > 16 * v ? end - 16 * v : 0;
      return lanes >= 16 ? 0xffffU : (1U << lanes) - 1;
    };
    return _mm512_mask_loadu_ps(
        _mm512_set1_ps(-__builtin_inff()),
        static_cast<__mmask16>(below(range.end) & ~below(range.begin)),
        tile.weights + (first + r) * kAttentionKeys + 16 * v);
  }

  /// `ranges` are what each row sees.
  void run(const PositionRange (&ranges)[kTileTokens]) {
    alignas(64) float largest[kTileTokens];
    alignas(64) float totals[kTileTokens];
    for (std::size_t r = 0; r < kTileTokens; ++r) {
      const auto& range = ranges[r];
      largest[r] = _mm512_reduce_max_ps(_mm512_max_ps(
          _mm512_max_ps(scores(r, 0, range), scores(r, 1, range)),
          _mm512_max_ps(scores(r, 2, range), scores(r, 3, range))));
    }
    const __m512 before = _mm512_loadu_ps(tile.largest + first);
    const __m512 after = _mm512_max_ps(before, _mm512_load_ps(largest));
    _mm512_storeu_ps(tile.largest + first, after);
    // Rows that have seen nothing yet have no largest score to subtract.
    const __m512 base = _mm512_max_ps(after, _mm512_set1_ps(-3e38f));
    const __m512 corrections = weight_of(before - base);
    _mm512_store_ps(largest, base);
    for (std::size_t r = 0; r < kTileTokens; ++r) {
      const __m512 top = _mm512_set1_ps(largest[r]);
      __m512 w[4];
#pragma GCC unroll 4
      for (std::size_t v = 0; v < 4; ++v) {
        w[v] = weight_of(scores(r, v, ranges[r]) - top);
      }
      totals[r] = _mm512_reduce_add_ps((w[0] + w[1]) + (w[2] + w[3]));
      value_scales.multiply(w);
      Bf16* weights = weights_of_row(tile, first + r);
      store_weights(w[0], w[1], weights);
      store_weights(w[2], w[3], weights + kTileCols);
    }
    _mm512_storeu_ps(tile.total + first,
                     _mm512_fmadd_ps(_mm512_loadu_ps(tile.total + first),
                                     corrections, _mm512_load_ps(totals)));
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

  AttentionTile<Amx>& tile;
  std::size_t first;
  const TileValueScales& value_scales;
};

/// Sixteen rows of a tile and some positions.
struct RowTile {
  /// What all rows together see: later ones begin and end later.
  PositionRange seen() const {
    return {seen_by(row / queries.heads).begin,
            seen_by((row + rows - 1) / queries.heads).end};
  }

  /// What each of them sees; rows of the padding see nothing.
  void read_ranges(PositionRange (&ranges)[kTileTokens]) const {
    std::size_t token = row / queries.heads;
    std::size_t head = row % queries.heads;
    PositionRange range = seen_by(token);
    for (std::size_t r = 0; r < kTileTokens; ++r) {
      ranges[r] = r < rows ? range : PositionRange{0, 0};
      if (++head < queries.heads) continue;
      head = 0;
      range = seen_by(++token);
    }
  }

  PositionRange seen_by(std::size_t token) const {
    return seen_range<Amx>(queries, token, first, count);
  }

  const AttentionQueries& queries;
  std::size_t row;   ///< The first one.
  std::size_t rows;  ///< That are no padding.
  std::size_t first;
  std::size_t count;
};

template <CacheType Type>
void Amx::attend(AttentionTile<Amx>& tile, const AttentionCache& cache,
                 const AttentionQueries& queries, const PositionScales& scales,
                 std::size_t first, std::size_t slot, std::size_t count) {
  const AttentionOperands operands(tile);
  const std::size_t blocks =
      (count + kPositionsPerBlock - 1) / kPositionsPerBlock;
  pack_keys<Type>(operands, cache, slot, blocks);
  pack_values<Type>(operands, cache, slot, count);
  const TileValueScales value_scales(scales.values, count);
  const PositionRange rows = rows_that_see<Amx>(queries, first, count);
  // Each step passes over all rows, so that keys stay in the nearest cache for
  // the first one, and values for the last one.
  const std::size_t begin = rows.begin / kTileTokens;
  const std::size_t end = (rows.end + kTileTokens - 1) / kTileTokens;
  TileShapes().use();
  const auto rows_at = [&](std::size_t row_tile) {
    const std::size_t row = row_tile * kTileTokens;
    const std::size_t rest = tile.rows - row;
    return RowTile{queries, row, rest < kTileTokens ? rest : kTileTokens, first,
                   count};
  };
  for (std::size_t row_tile = begin; row_tile < end; ++row_tile) {
    const PositionRange seen = rows_at(row_tile).seen();
    score_in_tiles(tile, operands, row_tile, seen.begin / kPositionsPerBlock,
                   (seen.end + kPositionsPerBlock - 1) / kPositionsPerBlock);
  }
  for (std::size_t row_tile = begin; row_tile < end; ++row_tile) {
    PositionRange ranges[kTileTokens];
    rows_at(row_tile).read_ranges(ranges);
    const std::size_t row = row_tile * kTileTokens;
    for (std::size_t r = 0; r < kTileTokens; ++r) {
      finish_scores<Amx>(tile, row + r, ranges[r], scales.keys,
                         queries.soft_cap);
    }
    TileSoftmax(tile, row, value_scales).run(ranges);
  }
  for (std::size_t row_tile = begin; row_tile < end; ++row_tile) {
    add_values_in_tiles(tile, operands, row_tile);
  }
  release_tiles();
}

}  // namespace
}  // namespace etllm::kernels
