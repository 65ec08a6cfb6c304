#pragma once

// What kernels/formats/half.h lacks: bfloat16, and tests on bits. Without
// branches that depend on data, as there.

#include <bit>
#include <cstdint>

#include "kernels/formats/half.h"

namespace etllm::importer {

/// Exact.
inline float bf16_to_float(std::uint16_t value) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16);
}

/// Exact: 1 bit of sign, 4 of exponent, 3 of mantissa; the last code is NaN.
inline float f8_e4m3_to_float(std::uint8_t value) {
  const bool is_nan = (value & 0x7fU) == 0x7fU;
  // As an f16 whose exponent counts from 15 instead of 7.
  const auto half =
      static_cast<std::uint16_t>((value & 0x80U) << 8 | (value & 0x7fU) << 7);
  const float scaled = kernels::half_to_float(half) * 256.0F;
  return is_nan ? std::bit_cast<float>(0x7fc00000U) : scaled;
}

/// Exact: the upper byte of an f16.
inline float f8_e5m2_to_float(std::uint8_t value) {
  return kernels::half_to_float(static_cast<std::uint16_t>(value << 8));
}

/// To nearest, ties to even; requires a number (not NaN).
inline std::uint16_t float_to_bf16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>((bits + 0x7fffU + ((bits >> 16) & 1U)) >>
                                    16);
}

inline bool is_finite_f16(std::uint16_t half) {
  return (half & 0x7c00U) != 0x7c00U;
}

/// By its bits: compilers may assume away a comparison.
inline bool is_finite_f32(float value) {
  return (std::bit_cast<std::uint32_t>(value) & 0x7f800000U) != 0x7f800000U;
}

}  // namespace etllm::importer
