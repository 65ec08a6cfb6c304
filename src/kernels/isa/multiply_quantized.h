#pragma once

// Sixteen rows of a quantized matrix times 8-bit activations. `Isa` is a type
// without linkage, one in each instruction set's file, so that no
// instantiation can be shared between files with different flags.

#include "kernels/dispatch/kernel_set.h"
#include "kernels/isa/quantized_format.h"

namespace etllm::kernels {

/// Four activations of a token in every 32-bit lane.
template <class Isa>
inline typename Isa::I broadcast_activations(const std::int8_t* values) {
  std::int32_t four;
  __builtin_memcpy(&four, values, sizeof four);
  return Isa::set1(four);
}

/// Adds to `dot` the products of one group, or of the half `part` of it where
/// a format has two scales in a group.
template <class Isa, class Format, int T>
inline void multiply_group(
    const unsigned char* quants, int part, const std::int8_t* const (&x)[T],
    typename Isa::I (&dot)[T][kRowsPerBlock / Isa::kLanes]) {
  constexpr int kVectors = kRowsPerBlock / Isa::kLanes;
  constexpr int kVectorBytes = 4 * Isa::kLanes;
  // Each step is four columns; a 4-bit group holds two of them in a byte.
  constexpr int kSteps = Format::kBits == 4 ? 4 : 8 / Format::kParts;
#pragma GCC unroll 8
  for (int step = 0; step < kSteps; ++step) {
    const int column = 4 * (part * kSteps + step);
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      const auto packed =
          Isa::load_bytes(quants + 16 * column + v * kVectorBytes);
#pragma GCC unroll 8
      for (int t = 0; t < T; ++t) {
        const auto low = broadcast_activations<Isa>(x[t] + column);
        if constexpr (Format::kBits == 4) {
          const auto high = broadcast_activations<Isa>(x[t] + column + 16);
          dot[t][v] =
              Isa::dot_nibbles(dot[t][v], Isa::low_nibbles(packed), low);
          dot[t][v] =
              Isa::dot_nibbles(dot[t][v], Isa::high_nibbles(packed), high);
        } else {
          dot[t][v] = Isa::dot_bytes(dot[t][v], packed, low);
        }
      }
    }
  }
}

/// `out` is [T][16]: the block times T successive tokens.
template <class Isa, class Format, int T>
void multiply_quantized_tile(const BlockView& block, const QuantizedRows& rows,
                             std::size_t first, float* out) {
  using F = typename Isa::F;
  using I = typename Isa::I;
  constexpr int kVectors = kRowsPerBlock / Isa::kLanes;
  // The integer products are of `q - bias`; the rest of the zero point is
  // added once per group.
  constexpr int kBias = Format::kBits == 8 ? Isa::kByteBias : 0;
  constexpr int kOffset = kBias - Format::kZero;

  const std::size_t groups = block.cols / kColsPerGroup;
  F sum[T][kVectors] = {};
  const std::int8_t* x[T];
  for (int t = 0; t < T; ++t) x[t] = rows.values + (first + t) * rows.cols;

  for (std::size_t g = 0; g < groups; ++g) {
    const unsigned char* quants =
        block.data + block.quants_offset + g * Format::kGroupBytes;
#pragma GCC unroll 2
    for (int part = 0; part < Format::kParts; ++part) {
      I dot[T][kVectors];
#pragma GCC unroll 8
      for (int t = 0; t < T; ++t) {
        const std::size_t at = (first + t) * groups + g;
        const std::int32_t* halves = rows.half_sums + 2 * at;
        const std::int32_t total =
            Format::kParts == 2 ? halves[part] : halves[0] + halves[1];
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) {
          dot[t][v] = Isa::set1(kOffset * total);
        }
      }
      multiply_group<Isa, Format, T>(quants, part, x, dot);
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) {
        const F scale = load_scale<Isa, Format>(
            block.data,
            (g * Format::kParts + part) * kRowsPerBlock + v * Isa::kLanes);
#pragma GCC unroll 8
        for (int t = 0; t < T; ++t) {
          const F token_scale =
              Isa::set1(rows.scales[(first + t) * groups + g]);
          sum[t][v] = Isa::fma(Isa::to_float(dot[t][v]), scale * token_scale,
                               sum[t][v]);
        }
      }
    }
    if constexpr (Format::kHasMinimum) {
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) {
        const F minimum =
            load_scale<Isa, Format>(block.data + block.minimums_offset,
                                    g * kRowsPerBlock + v * Isa::kLanes);
#pragma GCC unroll 8
        for (int t = 0; t < T; ++t) {
          const F total = Isa::set1(rows.scaled_sums[(first + t) * groups + g]);
          sum[t][v] = Isa::fma(minimum, total, sum[t][v]);
        }
      }
    }
    for (int t = 0; t < T; ++t) x[t] += kColsPerGroup;
  }
  for (int t = 0; t < T; ++t) {
    for (int v = 0; v < kVectors; ++v) {
      Isa::store(out + t * kRowsPerBlock + v * Isa::kLanes, sum[t][v]);
    }
  }
}

template <class Isa, class Format>
void multiply_quantized_tokens(const BlockView& block,
                               const QuantizedRows& rows, std::size_t first,
                               std::size_t tokens, float* out) {
  std::size_t done = 0;
  const auto tile = [&]<int T>() {
    for (; tokens - done >= T; done += T) {
      multiply_quantized_tile<Isa, Format, T>(block, rows, first + done,
                                              out + done * kRowsPerBlock);
    }
  };
  tile.template operator()<Isa::kTokenTile>();
  tile.template operator()<4>();
  tile.template operator()<1>();
}

template <class Isa>
void multiply_quantized(const BlockView& block, const QuantizedRows& rows,
                        std::size_t first, std::size_t tokens, float* out) {
  visit_quantized_format(block.format, [&]<class Format>() {
    multiply_quantized_tokens<Isa, Format>(block, rows, first, tokens, out);
  });
}

/// Quantizes one token's activations, rounding to nearest.
template <class Isa>
void quantize_row(const float* x, const QuantizedRows& rows,
                  std::size_t token) {
  using F = typename Isa::F;
  using I = typename Isa::I;
  constexpr int kVectors = kColsPerGroup / Isa::kLanes;
  const std::size_t groups = rows.cols / kColsPerGroup;
  for (std::size_t g = 0; g < groups; ++g) {
    F value[kVectors];
    F largest = Isa::set1(0.0f);
    for (int v = 0; v < kVectors; ++v) {
      value[v] = Isa::load(x + g * kColsPerGroup + v * Isa::kLanes);
      largest = Isa::max(largest, Isa::max(value[v], -value[v]));
    }
    const float magnitude = Isa::reduce_max(largest);
    const float scale = magnitude / 127.0f;
    const F inverse = Isa::set1(magnitude > 0 ? 127.0f / magnitude : 0.0f);
    I half[2] = {Isa::set1(0), Isa::set1(0)};
    std::int8_t* values = rows.values + token * rows.cols + g * kColsPerGroup;
    for (int v = 0; v < kVectors; ++v) {
      const I rounded = Isa::round(value[v] * inverse);
      half[v * 2 / kVectors] += rounded;
      Isa::store_narrow(values + v * Isa::kLanes, rounded);
    }
    const std::size_t at = token * groups + g;
    rows.scales[at] = scale;
    rows.half_sums[2 * at] = Isa::reduce_add(half[0]);
    rows.half_sums[2 * at + 1] = Isa::reduce_add(half[1]);
    rows.scaled_sums[at] =
        scale *
        static_cast<float>(rows.half_sums[2 * at] + rows.half_sums[2 * at + 1]);
  }
}

}  // namespace etllm::kernels
