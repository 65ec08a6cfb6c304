#pragma once

// The queries of a tile, what is known of their attention so far, and where
// keys and values come from. Templated like multiply_quantized.h.

#include "kernels/isa/cache_reader.h"

namespace etllm::kernels {

/// Where the parts of a tile lie in the scratch memory; see
/// `attention_scratch_floats` for its size.
template <class Isa>
struct AttentionTile {
  static constexpr std::size_t kRowStep = 4;
  static constexpr std::size_t kPadding = [] {
    if constexpr (requires { Isa::kRowPadding; }) {
      return Isa::kRowPadding;
    } else {
      return kRowStep;
    }
  }();

  AttentionTile(const AttentionQueries& queries, std::size_t head_size,
                float* scratch)
      : rows(queries.tokens * queries.heads),
        padded_rows((rows + kPadding - 1) / kPadding * kPadding),
        size(head_size),
        width((head_size + 15) / 16 * 16),
        query(scratch),
        sum(query + padded_rows * width),
        weights(sum + padded_rows * width),
        keys(weights + padded_rows * kAttentionKeys),
        values(keys + width * kAttentionKeys),
        largest(values + kAttentionKeys * width),
        total(largest + padded_rows),
        merged(total + padded_rows),
        bf16(reinterpret_cast<std::uint16_t*>(merged +
                                              padded_rows * (width + 2))) {}

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
  float* merged;      ///< Of earlier spans: sums, largest scores, totals.
  /// Operands of products of matrices, where there is a unit for them.
  std::uint16_t* bf16;
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
  if constexpr (requires { Isa::pack_queries(tile); }) Isa::pack_queries(tile);
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
template <class Isa, CacheType Type>
void load_keys(AttentionTile<Isa>& tile, const AttentionCache& cache,
               std::size_t first, std::size_t count) {
  using Reader = CacheReader<Isa, Type>;
  const std::size_t blocks =
      (count + kPositionsPerBlock - 1) / kPositionsPerBlock;
  const std::size_t elements = blocks * kPositionsPerBlock * tile.size;
  const std::size_t base = interleaved_key<Isa>(first, 0, tile.size);
  for (std::size_t i = 0; i < elements; i += Isa::kLanes) {
    Isa::store(tile.keys + i, Reader::vector(cache.keys, base + i));
  }
}

/// Converts the values of `count` positions from `first` on.
template <class Isa, CacheType Type>
void load_values(AttentionTile<Isa>& tile, const AttentionCache& cache,
                 std::size_t first, std::size_t count) {
  using Reader = CacheReader<Isa, Type>;
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

/// The converted positions of a tile; those of the functions below count from
/// the tile's first one.
template <class Isa>
struct ConvertedPositions {
  explicit ConvertedPositions(const AttentionTile<Isa>& tile)
      : keys(tile.keys),
        values(tile.values),
        size(tile.size),
        width(tile.width) {}

  /// Value `i` of the keys of as many positions as a vector has lanes.
  typename Isa::F key(std::size_t position, std::size_t i) const {
    return Isa::load(keys + interleaved_key<Isa>(position, i, size));
  }
  /// A vector of a position's values from `i` on.
  typename Isa::F value(std::size_t position, std::size_t i) const {
    return Isa::load(values + position * width + i);
  }

  const float* keys;
  const float* values;
  std::size_t size;
  std::size_t width;
};

/// The positions of a cache from `first` on, a multiple of 64, converted each
/// time they are read: that is less work when few rows read them. The head size
/// is a multiple of 16.
template <class Isa, CacheType Type>
struct CachedPositions {
  using Reader = CacheReader<Isa, Type>;

  typename Isa::F key(std::size_t position, std::size_t i) const {
    return element(cache.keys,
                   interleaved_key<Isa>(first + position, i, cache.head_size));
  }
  typename Isa::F value(std::size_t position, std::size_t i) const {
    return element(cache.values, (first + position) * cache.head_size + i);
  }

  typename Isa::F element(const void* base, std::size_t index) const {
    if (ahead != 0) Reader::prefetch(base, index, ahead);
    return Reader::vector(base, index);
  }

  const AttentionCache& cache;
  std::size_t first;
  /// Elements to the same of the next 64 positions, which are asked for, as the
  /// hardware does not across the borders of pages; 0 where there are none.
  std::size_t ahead;
};

}  // namespace etllm::kernels
