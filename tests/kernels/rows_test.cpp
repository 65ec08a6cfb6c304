// Functions of rows against their formulas in double precision.

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "kernels/dispatch/select.h"
#include "kernels/elementwise/arithmetic.h"
#include "kernels/elementwise/head_norm.h"
#include "kernels/elementwise/layer_norm.h"
#include "kernels/random_weights.h"
#include "support/kernel_set_test.h"

namespace etllm::kernels {
namespace {

using Rows = KernelSetTest;

constexpr double kEpsilon = 1e-5;

std::vector<double> layer_norm_of(std::span<const float> x,
                                  std::span<const float> weight,
                                  std::span<const float> bias) {
  const auto size = static_cast<double>(x.size());
  double mean = 0;
  for (const float value : x) mean += value / size;
  double variance = 0;
  for (const float value : x)
    variance += (value - mean) * (value - mean) / size;
  std::vector<double> out;
  for (std::size_t i = 0; i < x.size(); ++i) {
    out.push_back((x[i] - mean) / std::sqrt(variance + kEpsilon) * weight[i] +
                  (bias.empty() ? 0.0 : bias[i]));
  }
  return out;
}

std::vector<double> rms_norm_of(std::span<const float> x,
                                std::span<const float> weight) {
  double squares = 0;
  for (const float value : x) squares += double{value} * value;
  const double mean = squares / static_cast<double>(x.size());
  std::vector<double> out;
  for (std::size_t i = 0; i < x.size(); ++i) {
    out.push_back(x[i] / std::sqrt(mean + kEpsilon) * weight[i]);
  }
  return out;
}

TEST_P(Rows, LayerNormFollowsTheFormula) {
  // More tokens than one thread takes, and rows with a large mean.
  constexpr std::size_t kTokens = 35;
  for (const std::size_t size : {1, 2, 16, 37, 576}) {
    for (const bool has_bias : {false, true}) {
      SCOPED_TRACE(std::to_string(size) + (has_bias ? " biased" : ""));
      auto x = random_floats(kTokens * size, 1);
      for (std::size_t i = 0; i < size; ++i) x[i] += 1000.0f;
      const auto weight = random_floats(size, 2);
      const auto bias = random_floats(size, 3);
      Floats out(x.size());
      layer_norm(x.data(), kTokens, size,
                 {weight.data(), has_bias ? bias.data() : nullptr}, kEpsilon,
                 out.data());
      std::vector<double> expected;
      for (std::size_t t = 0; t < kTokens; ++t) {
        const auto row = layer_norm_of(
            {x.data() + t * size, size}, weight,
            has_bias ? std::span<const float>(bias) : std::span<const float>());
        expected.insert(expected.end(), row.begin(), row.end());
      }
      const auto after_first = static_cast<std::ptrdiff_t>(size);
      // A unit of 1000 is 6e-5, of differences that may be small.
      EXPECT_LT(relative_error({out.data(), size}, {expected.data(), size}),
                1e-3);
      EXPECT_LT(
          relative_error({out.begin() + after_first, out.end()},
                         {expected.begin() + after_first, expected.end()}),
          1e-6);
    }
  }
}

TEST_P(Rows, LayerNormWorksInPlace) {
  auto x = random_floats(3 * 37, 4);
  const auto weight = random_floats(37, 5);
  Floats out(x.size());
  layer_norm(x.data(), 3, 37, {weight.data(), nullptr}, 1e-5f, out.data());
  layer_norm(x.data(), 3, 37, {weight.data(), nullptr}, 1e-5f, x.data());
  EXPECT_EQ(x, out);
}

TEST_P(Rows, NormalisesHeadsOneByOneOrTogether) {
  constexpr std::size_t kTokens = 34;
  constexpr std::size_t kHeads = 3;
  constexpr std::size_t kKeys = 1;
  for (const std::size_t size : {7, 64}) {
    const std::size_t stride = (kHeads + 2 * kKeys) * size;
    const auto before = random_floats(kTokens * stride, 6);
    const auto weights = random_floats((kHeads + kKeys) * size, 7);
    for (const auto rule : {HeadNormRule::kRms, HeadNormRule::kLayerNorm}) {
      // Shared weights, weights of their own, and all heads as one.
      for (const int kind : {0, 1, 2}) {
        SCOPED_TRACE(std::to_string(size) + " kind " + std::to_string(kind));
        const std::size_t count = kind == 2 ? 1 : kHeads;
        const std::size_t width = kind == 2 ? kHeads * size : size;
        const std::size_t step = kind == 1 ? size : 0;
        auto x = before;
        const std::array parts = {
            NormParts{count, width, weights.data(), step},
            NormParts{kKeys, size, weights.data() + kHeads * size, 0}};
        normalise_heads(x.data(), kTokens, stride, parts, rule, kEpsilon);
        std::vector<double> expected(before.begin(), before.end());
        const auto normalise = [&](std::size_t at, std::size_t n,
                                   std::size_t weight) {
          const std::span<const float> row(before.data() + at, n);
          const std::span<const float> w(weights.data() + weight, n);
          const auto result = rule == HeadNormRule::kRms
                                  ? rms_norm_of(row, w)
                                  : layer_norm_of(row, w, {});
          for (std::size_t i = 0; i < n; ++i) expected[at + i] = result[i];
        };
        for (std::size_t t = 0; t < kTokens; ++t) {
          for (std::size_t h = 0; h < count; ++h) {
            normalise(t * stride + h * width, width, h * step);
          }
          normalise(t * stride + kHeads * size, size, kHeads * size);
        }
        EXPECT_LT(relative_error(x, expected), 1e-6);
      }
    }
  }
}

TEST_P(Rows, AddAndScaleEachElement) {
  for (const std::size_t size : {1, 15, 37, 40'003}) {
    SCOPED_TRACE(size);
    const auto a = random_floats(size, 8);
    const auto b = random_floats(size, 9);
    Floats sum(size);
    add(a.data(), b.data(), size, sum.data());
    auto scaled = a;
    scale(scaled.data(), size, 0.37f);
    auto added = b;
    active_kernels().add_scaled(a.data(), -1.5f, size, added.data());
    for (std::size_t i = 0; i < size; ++i) {
      ASSERT_EQ(sum[i], a[i] + b[i]);
      ASSERT_EQ(scaled[i], a[i] * 0.37f);
      ASSERT_NEAR(added[i], double{b[i]} - 1.5 * a[i], 1e-6);
    }
  }
}

TEST_P(Rows, SoftCapFollowsTheFormula) {
  for (const float cap : {30.0f, 0.5f, 1e-3f}) {
    auto x = random_floats(10'001, 10);
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] *= static_cast<float>(i % 100);
    }
    x[0] = 0.0f;
    x[1] = 1e30f;
    x[2] = -1e30f;
    x[3] = std::numeric_limits<float>::infinity();
    x[4] = -std::numeric_limits<float>::infinity();
    x[5] = 1e-20f;
    x[6] = std::nanf("");
    auto out = x;
    soft_cap(out.data(), out.size(), cap);
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (i == 6) {
        EXPECT_TRUE(std::isnan(out[i]));
        continue;
      }
      const double expected = cap * std::tanh(double{x[i]} / cap);
      ASSERT_NEAR(out[i], expected, 1e-6 * std::abs(expected)) << x[i];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Rows, each_kernel_set(), kernel_set_name);

}  // namespace
}  // namespace etllm::kernels
