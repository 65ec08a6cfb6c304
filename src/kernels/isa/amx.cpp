// AMX: products of tiles of 16 tokens and 16 rows, 32 columns at a time, in
// bf16. AVX-512's kernels do everything else.
//
// Products in 8 bits are twice as fast, but they would have to be scaled and
// added up for each group of 32 columns, which takes four times as long as the
// products themselves. In bf16, scales are part of the weights: a block is
// decoded once and serves all tokens.

#include "kernels/dispatch/kernel_set.h"
#include "kernels/dispatch/tile_kernels.h"

#if defined(__AMX_BF16__)

#include "kernels/isa/amx_tiles.h"
#include "kernels/isa/attend_in_tiles.h"
#include "kernels/isa/attend_many.h"
#include "kernels/isa/quantized_format.h"

namespace etllm::kernels {
namespace {

// ------------------------------------------------------------------ packing

/// Lanes of `x` that exist when `count` are left.
__mmask16 lanes_of(std::size_t count) {
  return static_cast<__mmask16>(count >= 16 ? 0xffff : (1U << count) - 1);
}

void pack_row(const float* x, std::size_t cols, Bf16* out,
              std::size_t rest_offset) {
  for (std::size_t c = 0; c < cols; c += kTileCols) {
    const std::size_t left = cols - c;
    const __m512 low = _mm512_maskz_loadu_ps(lanes_of(left), x + c);
    const __m512 high =
        _mm512_maskz_loadu_ps(lanes_of(left > 16 ? left - 16 : 0), x + c + 16);
    const __m512i rounded = to_bf16(low, high);
    Bf16* row = out + c / kTileCols * kTileElements;
    _mm512_store_si512(row, rounded);
    if (rest_offset != 0) {
      _mm512_store_si512(row + rest_offset, rest_of(low, high, rounded));
    }
  }
}

void pack_tokens(const float* x, std::size_t tile, const TiledTokens& out) {
  const std::size_t first = tile * kTileTokens;
  const std::size_t rest_offset = out.parts > 1 ? out.part_size : 0;
  Bf16* base = out.data + tile * out.tile_size();
  for (std::size_t t = 0; t < kTileTokens; ++t) {
    Bf16* row = base + t * kTileCols;
    if (first + t < out.tokens) {
      pack_row(x + (first + t) * out.cols, out.cols, row, rest_offset);
      continue;
    }
    for (std::size_t g = 0; g < out.col_tiles(); ++g) {
      const std::size_t at = g * kTileElements;
      _mm512_store_si512(row + at, __m512i{});
      if (rest_offset != 0) {
        _mm512_store_si512(row + at + rest_offset, __m512i{});
      }
    }
  }
}

// ---------------------------------------------------------------- unpacking

struct ScaleLoader {
  static __m512 load_half(const void* p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(static_cast<const __m256i*>(p)));
  }
  static __m512 load_bits(const unsigned char* p) { return _mm512_loadu_ps(p); }
  using F = __m512;
};

// A quant becomes a float without a conversion: a dot product with a byte of 64
// adds it to this number, whose last bit is worth 1/1024 (4 bits, which lie in
// the high half of a byte) or 1/64 (8 bits).
template <int Bits>
constexpr float kQuantBase = Bits == 4 ? 0x1p13f : 0x1p17f;

// Values are cut to bf16, not rounded, which would take twice as long. What
// that takes away from them on average is added before.
constexpr float kCutBias = 1.0f + 0x1p-8f / 1.5f;

/// Writes what the quants of some rows stand for, in one part or two.
template <class Format, int Parts>
struct Decoder {
  Decoder(const BlockRange& block, std::size_t group, int part)
      : scale(load_scale<ScaleLoader, Format>(
            block.data, (group * Format::kParts + part) * kRowsPerBlock)) {
    __m512 minimum = scale * static_cast<float>(-Format::kZero);
    if constexpr (Format::kHasMinimum) {
      minimum = load_scale<ScaleLoader, Format>(
          block.data + block.minimums_offset, group * kRowsPerBlock);
    }
    if constexpr (Parts == 1) {
      scale = scale * kCutBias;
      minimum = minimum * kCutBias;
    }
    zero = minimum - scale * kQuantBase<Format::kBits>;
  }

  /// Column `Column` of four, all rows.
  template <int Column>
  __m512 value(__m512i quants) const {
    const __m512i base =
        _mm512_castps_si512(_mm512_set1_ps(kQuantBase<Format::kBits>));
    const __m512i selector = _mm512_set1_epi32(64 << (8 * Column));
    const __m512i sum = _mm512_dpbusd_epi32(base, quants, selector);
    return _mm512_fmadd_ps(_mm512_castsi512_ps(sum), scale, zero);
  }

  void store_pair(__m512 even, __m512 odd, Bf16* out,
                  std::size_t rest_offset) const {
    const __m512i high = _mm512_set1_epi32(~0xffff);
    const __m512i even_bits = _mm512_castps_si512(even);
    const __m512i odd_bits = _mm512_castps_si512(odd);
    _mm512_store_si512(out, cut_pair(even_bits, odd_bits));
    if constexpr (Parts == 2) {
      const __m512 even_cut =
          _mm512_castsi512_ps(_mm512_and_si512(even_bits, high));
      const __m512 odd_cut =
          _mm512_castsi512_ps(_mm512_and_si512(odd_bits, high));
      _mm512_store_si512(out + rest_offset,
                         cut_pair(_mm512_castps_si512(even - even_cut),
                                  _mm512_castps_si512(odd - odd_cut)));
    }
  }

  /// The upper halves of both, as the rows of a tile have them.
  static __m512i cut_pair(__m512i even, __m512i odd) {
    constexpr int kFirstOrMasked = 0xf8;  // a | (b & c)
    return _mm512_ternarylogic_epi32(_mm512_srli_epi32(even, 16), odd,
                                     _mm512_set1_epi32(~0xffff),
                                     kFirstOrMasked);
  }

  /// Four columns.
  void store(__m512i quants, Bf16* out, std::size_t rest_offset) const {
    store_pair(value<0>(quants), value<1>(quants), out, rest_offset);
    store_pair(value<2>(quants), value<3>(quants), out + 32, rest_offset);
  }

  __m512 scale;
  __m512 zero;
};

template <class Format, int Parts>
void unpack_quantized(const BlockRange& block, const TileRange& range,
                      Bf16* out) {
  constexpr int kSteps = Format::kBits == 4 ? 4 : 8;
  const std::size_t rest = range.count * kTileElements;
  const __m512i high_nibbles = _mm512_set1_epi8(static_cast<char>(0xf0));
  for (std::size_t i = 0; i < range.count; ++i, out += kTileElements) {
    const std::size_t group = range.first + i;
    const unsigned char* quants =
        block.data + block.quants_offset + group * Format::kGroupBytes;
    const Decoder<Format, Parts> first(block, group, 0);
    const Decoder<Format, Parts> last(block, group, Format::kParts - 1);
#pragma GCC unroll 8
    for (int step = 0; step < kSteps; ++step) {
      const __m512i packed = _mm512_loadu_si512(quants + step * 64);
      if constexpr (Format::kBits == 4) {
        first.store(
            _mm512_and_si512(_mm512_slli_epi16(packed, 4), high_nibbles),
            out + step * 64, rest);
        first.store(_mm512_and_si512(packed, high_nibbles),
                    out + (step + 4) * 64, rest);
      } else {
        (step < 4 ? first : last).store(packed, out + step * 64, rest);
      }
    }
  }
}

/// One column of a dense block.
template <int Format>
__m512 dense_column(const BlockRange& block, std::size_t column) {
  if (column >= block.cols) return __m512{};
  if constexpr (Format == 0) {
    return ScaleLoader::load_bits(block.data + 4 * kRowsPerBlock * column);
  } else {
    return ScaleLoader::load_half(block.data + 2 * kRowsPerBlock * column);
  }
}

template <int Format>
void unpack_dense(const BlockRange& block, const TileRange& range, int parts,
                  Bf16* out) {
  const std::size_t rest_offset = range.count * kTileElements;
  for (std::size_t i = 0; i < range.count * kTileCols; i += 2) {
    const std::size_t column = range.first * kTileCols + i;
    const __m512 even = dense_column<Format>(block, column);
    const __m512 odd = dense_column<Format>(block, column + 1);
    Bf16* pair = out + i * kRowsPerBlock;
    store_pair(even, odd, pair, parts == 1 ? 0 : rest_offset);
  }
}

/// Pairs of columns are as a tile has them; only the end needs zeros.
void unpack_bf16(const BlockRange& block, const TileRange& range, Bf16* out) {
  const std::size_t pairs = (block.cols + 1) / 2;
  for (std::size_t i = 0; i < range.count * kTileCols / 2; ++i) {
    const std::size_t pair = range.first * kTileCols / 2 + i;
    const __m512i values =
        pair < pairs ? _mm512_loadu_si512(block.data + 64 * pair) : __m512i{};
    _mm512_store_si512(out + 32 * i, values);
  }
}

void unpack_block(const BlockRange& blocks, const TileRange& range, int parts,
                  Bf16* out) {
  switch (blocks.format) {
    case 0:
      return unpack_dense<0>(blocks, range, parts, out);
    case 1:
      return unpack_dense<1>(blocks, range, parts, out);
    case 2:
      return unpack_bf16(blocks, range, out);
    default:
      visit_quantized_format(blocks.format, [&]<class Format>() {
        if (parts == 1) {
          unpack_quantized<Format, 1>(blocks, range, out);
        } else {
          unpack_quantized<Format, 2>(blocks, range, out);
        }
      });
  }
}

// ----------------------------------------------------------------- products

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
