// AMX: products of tiles of 16 tokens and 16 rows, 32 columns at a time, in
// bf16. AVX-512's kernels do everything else.
//
// Products in 8 bits would have to be scaled and added up for each group of 32
// columns, which takes four times as long as the products themselves. In bf16,
// scales are part of the weights: a block is decoded once and serves all
// tokens.

#include "kernels/dispatch/kernel_set.h"
#include "kernels/dispatch/tile_kernels.h"

#if defined(__AMX_BF16__)

#include "kernels/isa/amx_tiles.h"
#include "kernels/isa/amx_unpack.h"
#include "kernels/isa/attend_in_tiles.h"
#include "kernels/isa/attend_many.h"
#include "kernels/isa/avx512.h"

namespace etllm::kernels {
namespace {

void pack_tokens(const float* x, std::size_t tile, const TiledTokens& out) {
  const std::size_t first = tile * kTileTokens;
  const std::size_t rest_offset = out.parts > 1 ? out.part_size : 0;
  Bf16* base = out.data + tile * out.tile_size();
  for (std::size_t t = 0; t < kTileTokens; ++t) {
    // Tokens that do not exist are rows without values.
    const bool exists = first + t < out.tokens;
    const float* row = exists ? x + (first + t) * out.cols : x;
    const std::size_t size = exists ? out.cols : 0;
    for (std::size_t g = 0; g < out.col_tiles(); ++g) {
      store_row(row, g * kTileCols, size,
                base + g * kTileElements + t * kTileCols, rest_offset);
    }
  }
}

// Tile registers, by what is in them: sums of tokens times blocks, tokens, and
// weights.
constexpr int kSums = 0;
constexpr int kTokens = 4;
constexpr int kWeights = 6;

/// Sets the shapes: `first` and `second` tokens in the two tiles of tokens.
void configure_tiles(std::size_t first, std::size_t second) {
  TileShapes shapes;
  const auto set_rows = [&](int tile, std::size_t rows) {
    shapes.rows[kTokens + tile] = static_cast<std::uint8_t>(rows);
    shapes.rows[kSums + 2 * tile] = static_cast<std::uint8_t>(rows);
    shapes.rows[kSums + 2 * tile + 1] = static_cast<std::uint8_t>(rows);
  };
  set_rows(0, first);
  if (second != 0) set_rows(1, second);
  shapes.use();
}

/// Where the sums of two tiles of tokens and up to two blocks begin and go.
template <int Tokens, int Blocks>
struct SumTiles {
  SumTiles(const ProductTarget* targets, std::size_t token) {
    for (int b = 0; b < Blocks; ++b) {
      const std::size_t offset = token * targets[b].stride;
      out[b] = targets[b].out + offset;
      base[b] = targets[b].base == nullptr ? nullptr : targets[b].base + offset;
      stride[b] = targets[b].stride;
    }
  }

  template <int Token, int Block>
  void load() const {
    constexpr int kTile = kSums + 2 * Token + Block;
    if (base[Block] == nullptr) {
      clear_tile<kTile>();
    } else {
      load_tile<kTile>(base[Block] + Token * kTileTokens * stride[Block],
                       stride[Block] * sizeof(float));
    }
  }
  template <int Token, int Block>
  void store() const {
    constexpr int kTile = kSums + 2 * Token + Block;
    store_tile<kTile>(out[Block] + Token * kTileTokens * stride[Block],
                      stride[Block] * sizeof(float));
  }

  /// Asks for the lines that the sums go to, which may be far away.
  void prefetch() const {
    for (int b = 0; b < Blocks; ++b) {
      for (std::size_t t = 0; t < Tokens * kTileTokens; ++t) {
        __builtin_prefetch(out[b] + t * stride[b], 1);
      }
    }
  }

  void load_all() const {
    load<0, 0>();
    if constexpr (Blocks > 1) load<0, 1>();
    if constexpr (Tokens > 1) load<1, 0>();
    if constexpr (Tokens > 1 && Blocks > 1) load<1, 1>();
  }
  void store_all() const {
    store<0, 0>();
    if constexpr (Blocks > 1) store<0, 1>();
    if constexpr (Tokens > 1) store<1, 0>();
    if constexpr (Tokens > 1 && Blocks > 1) store<1, 1>();
  }

  float* out[Blocks];
  const float* base[Blocks];
  std::size_t stride[Blocks];
};

/// Adds the products of one part of the tokens and one of the weights.
template <int Tokens, int Blocks>
void add_products(const Bf16* tokens, std::size_t tokens_apart,
                  const Bf16* const (&weights)[Blocks], std::size_t count) {
  for (std::size_t i = 0; i < count * kTileElements; i += kTileElements) {
    load_tile<kTokens>(tokens + i, kTileStride);
    load_tile<kWeights>(weights[0] + i, kTileStride);
    multiply_tile<kSums, kTokens, kWeights>();
    if constexpr (Blocks > 1) {
      load_tile<kWeights + 1>(weights[1] + i, kTileStride);
      multiply_tile<kSums + 1, kTokens, kWeights + 1>();
    }
    if constexpr (Tokens > 1) {
      load_tile<kTokens + 1>(tokens + tokens_apart + i, kTileStride);
      multiply_tile<kSums + 2, kTokens + 1, kWeights>();
      if constexpr (Blocks > 1) {
        multiply_tile<kSums + 3, kTokens + 1, kWeights + 1>();
      }
    }
  }
}

template <int Tokens, int Blocks>
void multiply_tokens(const WeightTiles* weights, const TiledTokens& x,
                     const TileRange& range, std::size_t token,
                     const ProductTarget* targets) {
  const SumTiles<Tokens, Blocks> sums(targets, token);
  sums.prefetch();
  sums.load_all();
  const std::size_t tokens_apart = x.tile_size();
  const Bf16* tokens =
      x.data + token / kTileTokens * tokens_apart + range.first * kTileElements;
  for (int w = 0; w < weights[0].parts; ++w) {
    for (int t = 0; t < x.parts && w + t < 2; ++t) {
      const Bf16* parts[Blocks];
      for (int b = 0; b < Blocks; ++b) {
        parts[b] = weights[b].data + w * weights[b].part_size;
      }
      add_products<Tokens, Blocks>(tokens + t * x.part_size, tokens_apart,
                                   parts, range.count);
    }
  }
  sums.store_all();
}

template <int Blocks>
void multiply_blocks(const WeightTiles* weights, const TiledTokens& x,
                     const TileRange& range, const ProductTarget* targets) {
  constexpr std::size_t kStep = 2 * kTileTokens;
  std::size_t token = 0;
  if (x.tokens >= kStep) configure_tiles(kTileTokens, kTileTokens);
  for (; x.tokens - token >= kStep; token += kStep) {
    multiply_tokens<2, Blocks>(weights, x, range, token, targets);
  }
  const std::size_t rest = x.tokens - token;
  if (rest > kTileTokens) {
    configure_tiles(kTileTokens, rest - kTileTokens);
    multiply_tokens<2, Blocks>(weights, x, range, token, targets);
  } else if (rest > 0) {
    configure_tiles(rest, 0);
    multiply_tokens<1, Blocks>(weights, x, range, token, targets);
  }
  release_tiles();
}

void multiply_tiles(const WeightTiles* weights, std::size_t blocks,
                    const TiledTokens& x, const TileRange& range,
                    const ProductTarget* targets) {
  if (blocks == 1) {
    multiply_blocks<1>(weights, x, range, targets);
  } else {
    multiply_blocks<2>(weights, x, range, targets);
  }
}

constexpr TileKernels kTileKernels = {
    .pack_tokens = pack_tokens,
    .unpack_block = unpack_block,
    .multiply_tiles = multiply_tiles,
    .attend_many = attend_many<Amx>,
};

}  // namespace

const KernelSet* amx_kernels() {
  static const KernelSet set = [] {
    KernelSet kernels = *avx512_kernels();
    kernels.name = "amx";
    kernels.tiles = &kTileKernels;
    return kernels;
  }();
  return &set;
}

}  // namespace etllm::kernels

#else

namespace etllm::kernels {
const KernelSet* amx_kernels() { return nullptr; }
}  // namespace etllm::kernels

#endif
