#pragma once

// The arithmetic of quantization: finds the scale of a group of 32 values and
// rounds them to it, for 16 rows at a time, one in each lane. Every
// instruction set gives the same bytes.

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/formats/weight_format.h"

namespace etllm::importer {

/// 32 columns of 16 rows, column after column: a lane is a row.
inline constexpr std::size_t kTileValues =
    kernels::kColsPerGroup * kernels::kRowsPerBlock;

/// The two halves of quantizing to one number of bits.
struct QuantizerBits {
  /// Writes for each row the scale at which rounding to multiples of it loses
  /// least of the group: among the candidates, each in its least-squares
  /// optimum, the one with the smallest sum of squared errors. The values are
  /// finite.
  void (*find_scales)(const float* tile, float* scales);
  /// Multiplies each row by its factor, rounds to nearest, ties to even, and
  /// writes the quants of the group as docs/formats.md lays them out.
  void (*round)(const float* tile, const float* factors, std::byte* quants);
};

/// The arithmetic for one instruction set.
struct Quantizer {
  QuantizerBits q4;
  QuantizerBits q8;
};

/// Those that this machine can run, the fastest first.
std::span<const Quantizer* const> quantizers();

/// One for each instruction set; nullptr where it is not compiled in.
const Quantizer* baseline_quantizer();
const Quantizer* avx2_quantizer();
const Quantizer* avx512_quantizer();

}  // namespace etllm::importer
