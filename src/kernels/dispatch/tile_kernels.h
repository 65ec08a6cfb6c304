#pragma once

// What a processor with a unit for products of matrices (AMX) does better than
// vectors can: products of many tokens. Operands are bf16, sums f32. Plain
// data, for the reason that kernel_set.h gives.
//
// A number that bf16 cannot hold may be two of them, the second one what the
// first one leaves: a product of such numbers is that of all parts but of the
// two small ones, and exact to about 2^-16.

#include <cstddef>
#include <cstdint>

namespace etllm::kernels {

struct AttentionCache;
struct AttentionQueries;
struct BlockRange;
struct ProductTarget;

/// Rows and columns of a tile of activations.
inline constexpr std::size_t kTileTokens = 16;
inline constexpr std::size_t kTileCols = 32;

/// Activations [parts][tokens / 16][cols / 32][16][32], padded with zeros; or
/// some tiles of tokens of that.
struct TiledTokens {
  std::uint16_t* data;
  std::size_t tokens;
  std::size_t cols;
  int parts;
  std::size_t part_size;  ///< Elements from part to part.

  std::size_t token_tiles() const {
    return (tokens + kTileTokens - 1) / kTileTokens;
  }
  std::size_t col_tiles() const { return (cols + kTileCols - 1) / kTileCols; }
  /// Elements of one tile of tokens.
  std::size_t tile_size() const {
    return col_tiles() * kTileTokens * kTileCols;
  }
};

/// Some columns of one block of weights, [parts][cols / 2][16][2].
struct WeightTiles {
  std::uint16_t* data;
  std::size_t part_size;
  int parts;
};

/// The columns `first .. first + count`, in tiles of 32.
struct TileRange {
  std::size_t first;
  std::size_t count;
};

struct TileKernels {
  /// Writes the tile of tokens `tile` of `out`; `x` is [tokens][cols], whole.
  void (*pack_tokens)(const float* x, std::size_t tile, const TiledTokens& out);
  /// Decodes columns of the first of `blocks` to `parts` of
  /// `range.count * 512` values each.
  void (*unpack_block)(const BlockRange& blocks, const TileRange& range,
                       int parts, std::uint16_t* out);
  /// Products of one or two blocks and all tokens, over the columns of `range`,
  /// which are those of `weights`; `targets` has one for each block.
  void (*multiply_tiles)(const WeightTiles* weights, std::size_t blocks,
                         const TiledTokens& x, const TileRange& range,
                         const ProductTarget* targets);
  /// As KernelSet's; `scratch` holds `tiled_attention_scratch_floats`.
  void (*attend_many)(const AttentionCache& cache,
                      const AttentionQueries& queries, float* scratch);
};

}  // namespace etllm::kernels
