#pragma once

// The part of attention that 64 positions have, by products of tiles: scores
// and sums of 16 rows at a time. Queries and keys are two numbers of bf16 each,
// for a score's error is one of its exponential. Weights and values are one:
// their sum becomes bf16 too, in the product with the output matrix.

#include "kernels/isa/amx_tiles.h"
#include "kernels/isa/attend_positions.h"
#include "kernels/isa/avx512.h"
#include "kernels/isa/softmax_in_tiles.h"

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
        values(keys + 2 * key_part) {}

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
};

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

/// Values of 64 positions from `slot` on; those from `count` on are zeros.
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
          0);
    }
  }
}

// Registers of four independent sums and of their operands: a product waits for
// the one before it on the same sums, so that passes go over four of them.
constexpr int kAttentionSums = 0;
constexpr int kAttentionRows = 4;
constexpr int kAttentionColumns = 6;

/// Calls `run.operator()<Index>()` for the first `Count` of four.
template <int Count, class Run>
void for_sums(Run&& run) {
  run.template operator()<0>();
  if constexpr (Count > 1) run.template operator()<1>();
  if constexpr (Count > 2) run.template operator()<2>();
  if constexpr (Count > 3) run.template operator()<3>();
}

/// Calls `run.operator()<Count>()` for a count from one to four.
template <class Run>
void visit_count(std::size_t count, Run&& run) {
  if (count == 4) return run.template operator()<4>();
  if (count == 3) return run.template operator()<3>();
  if (count == 2) return run.template operator()<2>();
  run.template operator()<1>();
}

/// Adds the products of one part of sixteen rows, and of one part of `Count`
/// tiles of columns, which are `apart` from each other.
template <int Rows, int Count>
inline void add_pass(const Bf16* columns, std::size_t apart) {
  for_sums<Count>([&]<int Index>() {
    constexpr int kColumns = kAttentionColumns + Index % 2;
    load_tile<kColumns>(columns + Index * apart, kTileStride);
    multiply_tile<kAttentionSums + Index, Rows, kColumns>();
  });
}

/// The scores of sixteen rows and `Count` blocks of positions from `begin` on.
template <int Count>
inline void score_blocks(const AttentionTile<Amx>& tile,
                         const AttentionOperands& operands,
                         std::size_t row_tile, std::size_t begin) {
  for_sums<Count>([]<int Index>() { clear_tile<kAttentionSums + Index>(); });
  const std::size_t apart = operands.depth * kTileElements;
  for (std::size_t d = 0; d < operands.depth; ++d) {
    // All products but that of the smaller parts.
    const Bf16* queries = operands.query(row_tile, d);
    const Bf16* keys = operands.key(begin, d);
    load_tile<kAttentionRows>(queries, kTileStride);
    add_pass<kAttentionRows, Count>(keys, apart);
    load_tile<kAttentionRows + 1>(queries + operands.query_part, kTileStride);
    add_pass<kAttentionRows + 1, Count>(keys, apart);
    add_pass<kAttentionRows, Count>(keys + operands.key_part, apart);
  }
  float* out = tile.weights + row_tile * kTileTokens * kAttentionKeys +
               begin * kPositionsPerBlock;
  for_sums<Count>([&]<int Index>() {
    store_tile<kAttentionSums + Index>(out + Index * kPositionsPerBlock,
                                       kAttentionKeys * sizeof(float));
  });
}

/// Adds the weighted values of sixteen rows and 64 positions, in `Count` tiles
/// of columns from `first` on.
template <int Count>
inline void add_value_columns(const AttentionTile<Amx>& tile,
                              const AttentionOperands& operands,
                              std::size_t row_tile, std::size_t first) {
  const Bf16* weights = weights_of_row(tile, row_tile * kTileTokens);
  const std::size_t stride = tile.width * sizeof(float);
  float* sum = tile.sum + row_tile * kTileTokens * tile.width + 16 * first;
  for_sums<Count>([&]<int Index>() {
    load_tile<kAttentionSums + Index>(sum + 16 * Index, stride);
  });
  for (std::size_t half = 0; half < 2; ++half) {
    load_tile<kAttentionRows>(weights + half * kTileCols,
                              kAttentionKeys * sizeof(float));
    add_pass<kAttentionRows, Count>(operands.value(first, half),
                                    2 * kTileElements);
  }
  for_sums<Count>([&]<int Index>() {
    store_tile<kAttentionSums + Index>(sum + 16 * Index, stride);
  });
}

/// The scores of sixteen rows and the blocks of what they see.
inline void score_seen_blocks(const AttentionTile<Amx>& tile,
                              const AttentionOperands& operands,
                              std::size_t row_tile, const PositionRange& seen) {
  if (seen.begin >= seen.end) return;
  const std::size_t block = seen.begin / kPositionsPerBlock;
  const std::size_t last = (seen.end - 1) / kPositionsPerBlock;
  visit_count(last - block + 1, [&]<int Count>() {
    score_blocks<Count>(tile, operands, row_tile, block);
  });
}

/// Adds the weighted values of sixteen rows and 64 positions.
inline void add_weighted_tiles(const AttentionTile<Amx>& tile,
                               const AttentionOperands& operands,
                               std::size_t row_tile) {
  for (std::size_t c = 0; c < operands.columns; c += 4) {
    const std::size_t rest = operands.columns - c;
    visit_count(rest < 4 ? rest : 4, [&]<int Count>() {
      add_value_columns<Count>(tile, operands, row_tile, c);
    });
  }
}

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
    score_seen_blocks(tile, operands, row_tile, rows_at(row_tile).seen());
  }
  for (std::size_t row_tile = begin; row_tile < end; ++row_tile) {
    PositionRange ranges[kTileTokens];
    rows_at(row_tile).read_ranges(ranges);
    const std::size_t row = row_tile * kTileTokens;
    for (std::size_t r = 0; r < kTileTokens; ++r) {
      finish_scores<Amx>(tile, row + r, ranges[r], scales.keys,
                         queries.soft_cap);
    }
    TileSoftmax<Amx>(tile, row, value_scales).run(ranges);
  }
  for (std::size_t row_tile = begin; row_tile < end; ++row_tile) {
    add_weighted_tiles(tile, operands, row_tile);
  }
  release_tiles();
}

}  // namespace
}  // namespace etllm::kernels
