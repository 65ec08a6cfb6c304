#pragma once

// Blocks of weights to tiles of bf16: sixteen rows, 32 columns each.

#include "kernels/dispatch/kernel_set.h"
#include "kernels/isa/amx_tiles.h"
#include "kernels/isa/prefetch.h"
#include "kernels/isa/quantized_format.h"

namespace etllm::kernels {
namespace {

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
    prefetch<Format::kRecordBytes>(block.data + group * Format::kRecordBytes);
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
    constexpr std::size_t kColumnBytes = (Format == 0 ? 4 : 2) * kRowsPerBlock;
    prefetch<2 * kColumnBytes>(block.data + column * kColumnBytes);
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
    prefetch<64>(block.data + 64 * pair);
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

}  // namespace
}  // namespace etllm::kernels
