#pragma once

// 16-bit floating-point numbers, as bits. The compiler vectorizes loops over
// these functions: they have no branches that depend on data.

#include <bit>
#include <cstdint>

namespace etllm::importer {

/// Exact.
inline float f16_to_f32(std::uint16_t half) {
  // Shift exponent and mantissa into place, then scale by 2^112, the
  // difference of the exponent biases; the multiplication also normalizes
  // subnormal numbers. Infinity and NaN keep an all-ones exponent by hand.
  const std::uint32_t magnitude = half & 0x7fffU;
  const float scaled = std::bit_cast<float>(magnitude << 13) * 0x1p112F;
  const std::uint32_t special = magnitude >= 0x7c00U ? 0x7f800000U : 0U;
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000U) << 16;
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(scaled) | special |
                              sign);
}

/// To nearest, ties to even; values beyond the range become infinite.
inline std::uint16_t f32_to_f16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t magnitude = bits & 0x7fffffffU;
  const std::uint32_t sign = (bits >> 16) & 0x8000U;
  // Adding 0.5 aligns a subnormal's mantissa with the lowest bits of the sum,
  // and the addition rounds as it should.
  const float shifted = std::bit_cast<float>(magnitude) + 0.5F;
  const std::uint32_t subnormal =
      std::bit_cast<std::uint32_t>(shifted) - 0x3f000000U;
  const std::uint32_t odd = (magnitude >> 13) & 1U;
  const std::uint32_t normal = (magnitude - 0x38000000U + 0xfffU + odd) >> 13;
  std::uint32_t result = magnitude < 0x38800000U ? subnormal : normal;
  result = magnitude >= 0x477ff000U ? 0x7c00U : result;
  result = magnitude > 0x7f800000U ? 0x7e00U : result;
  return static_cast<std::uint16_t>(result | sign);
}

/// Exact.
inline float bf16_to_f32(std::uint16_t value) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16);
}

/// To nearest, ties to even; requires a number (not NaN).
inline std::uint16_t f32_to_bf16(float value) {
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
