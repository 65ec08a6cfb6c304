#pragma once

// AMX's instructions, and bf16 as its tiles have it. Without linkage, so that
// each file has its own.

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/dispatch/tile_kernels.h"
#include "kernels/isa/avx512.h"

namespace etllm::kernels {
namespace {

using Bf16 = std::uint16_t;

constexpr std::size_t kTileElements = kTileTokens * kTileCols;
/// Bytes from row to row of a tile of activations or weights.
constexpr std::size_t kTileStride = 64;
constexpr int kTileRegisters = 8;

// The compilers' own intrinsics do not tell them that memory is read.
template <int Tile>
void load_tile(const void* data, std::size_t stride) {
  asm volatile("tileloadd (%0,%1,1), %%tmm%c2"
               :
               : "r"(data), "r"(stride), "n"(Tile)
               : "memory");
}
template <int Tile>
void store_tile(void* data, std::size_t stride) {
  asm volatile("tilestored %%tmm%c2, (%0,%1,1)"
               :
               : "r"(data), "r"(stride), "n"(Tile)
               : "memory");
}
template <int Tile>
void clear_tile() {
  asm volatile("tilezero %%tmm%c0" : : "n"(Tile));
}
/// `sums += tokens * weights`.
template <int Sums, int Tokens, int Weights>
void multiply_tile() {
  asm volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0"
               :
               : "n"(Sums), "n"(Tokens), "n"(Weights));
}

/// The shapes of all tile registers, as the processor reads them.
struct alignas(64) TileShapes {
  std::uint8_t palette = 1;
  std::uint8_t start_row = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t row_bytes[16] = {};
  std::uint8_t rows[16] = {};

  /// All of them, for all there is room for.
  TileShapes() {
    for (int i = 0; i < kTileRegisters; ++i) {
      row_bytes[i] = kTileStride;
      rows[i] = 16;
    }
  }
  /// Until the next `release_tiles`.
  void use() const {
    // All of it is read, which the compilers' intrinsic does not tell them.
    asm volatile("ldtilecfg %0" : : "m"(*this) : "memory");
  }
};

void release_tiles() { asm volatile("tilerelease"); }

/// 32 values in bf16, in order.
__m512i to_bf16(__m512 low, __m512 high) {
  return reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low));
}

/// Sixteen bf16 values as floats: the lower or the upper half.
__m512 to_float(__m512i halves, int upper) {
  const __m256i part = upper == 0 ? _mm512_castsi512_si256(halves)
                                  : _mm512_extracti64x4_epi64(halves, 1);
  return _mm512_castsi512_ps(
      _mm512_slli_epi32(_mm512_cvtepu16_epi32(part), 16));
}

/// What bf16 leaves of the values, in bf16.
__m512i rest_of(__m512 low, __m512 high, __m512i rounded) {
  return to_bf16(low - to_float(rounded, 0), high - to_float(rounded, 1));
}

/// The values `i .. i + 32` of a row of `size`, with zeros behind it, as a row
/// of a tile, and what bf16 leaves of them `rest_offset` further, unless that
/// is 0.
void store_row(const float* row, std::size_t i, std::size_t size, Bf16* out,
               std::size_t rest_offset) {
  const __m512 low = load_some(row, i, size);
  const __m512 high = load_some(row, i + 16, size);
  const __m512i rounded = to_bf16(low, high);
  _mm512_store_si512(out, rounded);
  if (rest_offset == 0) return;
  _mm512_store_si512(out + rest_offset, rest_of(low, high, rounded));
}

/// Two columns of sixteen rows as the rows of a tile have them, and what bf16
/// leaves of them `rest_offset` further, unless that is 0.
void store_pair(__m512 even, __m512 odd, Bf16* out, std::size_t rest_offset) {
  const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11,
                                         26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21,
                                         5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  const __m512i rounded = to_bf16(even, odd);
  _mm512_store_si512(out, _mm512_permutexvar_epi16(order, rounded));
  if (rest_offset == 0) return;
  _mm512_store_si512(
      out + rest_offset,
      _mm512_permutexvar_epi16(order, rest_of(even, odd, rounded)));
}

}  // namespace
}  // namespace etllm::kernels
