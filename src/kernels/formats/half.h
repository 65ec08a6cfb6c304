#pragma once

// Scalar conversions between f32 and IEEE half precision, for code that runs
// on any machine. They have no branches that depend on data, so that compilers
// can vectorize loops over them.

#include <bit>
#include <cstdint>

namespace etllm::kernels {

/// Exact, subnormal numbers, infinities and NaN included.
inline float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
  const std::uint32_t magnitude = half & 0x7fffu;
  // The exponents differ by 112; the product also normalises subnormals.
  // Infinity and NaN keep an exponent of ones.
  const float value = std::bit_cast<float>(magnitude << 13) * 0x1p112f;
  const std::uint32_t special = magnitude >= 0x7c00u ? 0x7f800000u : 0u;
  return std::bit_cast<float>(sign | special |
                              std::bit_cast<std::uint32_t>(value));
}

/// Rounds to nearest, ties to even; too large values become infinite.
inline std::uint16_t float_to_half(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000u;
  const std::uint32_t magnitude = bits & 0x7fffffffu;
  // A unit in the last place of 0.5f is the step of subnormal halves.
  const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
  const std::uint32_t subnormal =
      std::bit_cast<std::uint32_t>(shifted) - 0x3f000000u;
  const std::uint32_t odd = (magnitude >> 13) & 1u;
  const std::uint32_t normal = (magnitude - 0x38000000u + 0xfffu + odd) >> 13;
  std::uint32_t half = magnitude < 0x38800000u ? subnormal : normal;
  half = magnitude >= 0x477ff000u ? 0x7c00u : half;
  half = magnitude > 0x7f800000u ? 0x7e00u : half;
  return static_cast<std::uint16_t>(sign | half);
}

}  // namespace etllm::kernels
