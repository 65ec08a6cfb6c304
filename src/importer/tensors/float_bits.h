#pragma once

// What kernels/formats/half.h lacks: bfloat16, and tests on bits. Without
// branches that depend on data, as there.

#include <bit>
#include <cstdint>

namespace etllm::importer {

/// Exact.
inline float bf16_to_float(std::uint16_t value) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16);
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
