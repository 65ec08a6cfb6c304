// Half precision against the compiler's own type: every half, and floats around
// every half.

#include "kernels/formats/half.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>

#if defined(__FLT16_MAX__) || defined(__aarch64__)

namespace etllm::kernels {
namespace {

#if defined(__aarch64__)
// Not every compiler for Arm has the other one in C++.
using CompilersHalf = __fp16;
#else
using CompilersHalf = _Float16;
#endif

std::uint16_t bits_of(CompilersHalf value) {
  return std::bit_cast<std::uint16_t>(value);
}

TEST(Half, EveryOneHasTheValueThatTheCompilerGivesIt) {
  for (std::uint32_t i = 0; i < 0x10000; ++i) {
    const auto half = static_cast<std::uint16_t>(i);
    const auto expected =
        static_cast<float>(std::bit_cast<CompilersHalf>(half));
    const float actual = half_to_float(half);
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(actual)) << i;
    } else {
      ASSERT_EQ(std::bit_cast<std::uint32_t>(actual),
                std::bit_cast<std::uint32_t>(expected))
          << i;
      ASSERT_EQ(float_to_half(actual), half) << i;
    }
  }
}

TEST(Half, FloatsBetweenTwoAreRoundedAsTheCompilerRoundsThem) {
  for (std::uint32_t i = 0; i < 0x10000; ++i) {
    const float value = half_to_float(static_cast<std::uint16_t>(i));
    if (std::isnan(value)) continue;
    // The half itself, its middle to the next one, and a little beside both.
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (const std::uint32_t offset : {0U, 1U, 0xfffU, 0x1000U, 0x1001U}) {
      const auto near = std::bit_cast<float>(bits + offset);
      if (std::isnan(near)) continue;
      ASSERT_EQ(float_to_half(near), bits_of(static_cast<CompilersHalf>(near)))
          << near;
    }
  }
}

TEST(Half, NumbersBeyondTheRangeBecomeInfiniteAndTinyOnesZero) {
  EXPECT_EQ(float_to_half(65'520.0F), 0x7c00);
  EXPECT_EQ(float_to_half(-1e30F), 0xfc00);
  EXPECT_EQ(float_to_half(65'519.9F), 0x7bff);
  EXPECT_EQ(float_to_half(1e-9F), 0);
  EXPECT_EQ(float_to_half(-1e-9F), 0x8000);
  EXPECT_TRUE(std::isnan(half_to_float(float_to_half(std::nanf("")))));
}

}  // namespace
}  // namespace etllm::kernels

#endif
