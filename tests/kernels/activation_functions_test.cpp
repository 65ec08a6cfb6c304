// What follows a product, element by element against its formula in double
// precision.

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "kernels/dispatch/select.h"
#include "kernels/random_weights.h"
#include "support/kernel_set_test.h"

namespace etllm::kernels {
namespace {

using ActivationFunctions = KernelSetTest;

constexpr ActivationFunction kFunctions[] = {
    ActivationFunction::kNone, ActivationFunction::kSilu,
    ActivationFunction::kGelu, ActivationFunction::kGeluTanh,
    ActivationFunction::kRelu, ActivationFunction::kReluSquared,
};

double formula(ActivationFunction function, double x) {
  switch (function) {
    case ActivationFunction::kNone:
      return x;
    case ActivationFunction::kSilu:
      return x / (1 + std::exp(-x));
    case ActivationFunction::kGelu:
      return 0.5 * x * std::erfc(-x / std::sqrt(2.0));
    case ActivationFunction::kGeluTanh: {
      // 1 + tanh(u), without the cancellation of large negative u.
      const double u = 0.7978845608028654 * (x + 0.044715 * x * x * x);
      return x / (1 + std::exp(-2 * u));
    }
    case ActivationFunction::kRelu:
      return std::max(0.0, x);
    case ActivationFunction::kReluSquared:
      return std::max(0.0, x) * std::max(0.0, x);
  }
  return NAN;
}

/// From -12 to 12 in small steps, random numbers and extremes.
Floats arguments() {
  auto values = random_floats(501, 1);
  for (int i = -3000; i <= 3000; ++i) {
    values.push_back(static_cast<float>(i) * 0.004f);
  }
  for (const float value : {0.0f, -0.0f, 1e-30f, -1e-30f, 1e-6f, -1e-6f, 200.0f,
                            -200.0f, 1e15f, -1e15f, 87.5f, -87.5f}) {
    values.push_back(value);
  }
  return values;
}

TEST_P(ActivationFunctions, FollowTheirFormulas) {
  for (const ActivationFunction function : kFunctions) {
    const auto x = arguments();
    auto out = x;
    active_kernels().finish_rows({out.data(), out.size(), 1, out.size()},
                                 nullptr, function);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double expected = formula(function, x[i]);
      EXPECT_NEAR(out[i], expected, 1e-6 * std::abs(expected) + 1e-9)
          << static_cast<int>(function) << " of " << x[i];
    }
  }
}

TEST_P(ActivationFunctions, KeepWhatIsNotANumber) {
  for (const ActivationFunction function : kFunctions) {
    Floats x(19, std::nanf(""));
    active_kernels().finish_rows({x.data(), x.size(), 1, x.size()}, nullptr,
                                 function);
    for (const float value : x) {
      EXPECT_TRUE(std::isnan(value)) << static_cast<int>(function);
    }
  }
}

TEST_P(ActivationFunctions, WorkOnRowsOfAnyWidthAndNothingElse) {
  for (const std::size_t width : {1, 3, 16, 37, 64}) {
    SCOPED_TRACE(width);
    const std::size_t stride = width + 5;
    const auto x = random_floats(2 * stride + width, 2);
    const auto bias = random_floats(width, 3);
    auto out = x;
    active_kernels().finish_rows({out.data(), stride, 3, width}, bias.data(),
                                 ActivationFunction::kSilu);
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (i % stride >= width) {
        EXPECT_EQ(out[i], x[i]);
        continue;
      }
      const double value = double{x[i]} + bias[i % stride];
      const double expected = formula(ActivationFunction::kSilu, value);
      EXPECT_NEAR(out[i], expected, 1e-6 * std::abs(value) + 1e-7);
    }
  }
}

TEST_P(ActivationFunctions, GateRowsOfAnyWidth) {
  for (const ActivationFunction function : kFunctions) {
    for (const std::size_t width : {1, 15, 37}) {
      SCOPED_TRACE(std::to_string(static_cast<int>(function)) + " of " +
                   std::to_string(width));
      const auto gate = random_floats(2 * width, 4);
      const auto up = random_floats(2 * width, 5);
      const auto gate_bias = random_floats(width, 6);
      const auto up_bias = random_floats(width, 7);
      Floats out(2 * width);
      active_kernels().multiply_gated_rows(
          {gate.data(), up.data(), width, function, gate_bias.data(),
           up_bias.data()},
          {out.data(), width, 2, width});
      for (std::size_t i = 0; i < out.size(); ++i) {
        const double expected =
            formula(function, double{gate[i]} + gate_bias[i % width]) *
            (double{up[i]} + up_bias[i % width]);
        EXPECT_NEAR(out[i], expected, 2e-6 * std::abs(expected) + 2e-6);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, ActivationFunctions, each_kernel_set(),
                         kernel_set_name);

}  // namespace
}  // namespace etllm::kernels
