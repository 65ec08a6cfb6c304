// Matrix products against the definition, computed in double precision.

#include "kernels/linear/linear.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>

#include "kernels/dispatch/select.h"
#include "kernels/random_weights.h"
#include "support/kernel_set_test.h"

namespace etllm::kernels {
namespace {

constexpr WeightFormat kFormats[] = {
    WeightFormat::kF32,       WeightFormat::kF16,   WeightFormat::kBF16,
    WeightFormat::kQ4,        WeightFormat::kQ4Min, WeightFormat::kQ4MinF32,
    WeightFormat::kQ8,        WeightFormat::kQ8Min, WeightFormat::kQ8MinF32,
    WeightFormat::kQ8HalfF32,
};

using Parameter = std::tuple<const char*, WeightFormat>;

class Linear : public testing::TestWithParam<Parameter> {
 protected:
  void SetUp() override { select_kernels_or_skip(std::get<0>(GetParam())); }
  void TearDown() override { ASSERT_TRUE(select_kernels("auto").ok()); }

  WeightFormat format() const { return std::get<1>(GetParam()); }
  /// 8-bit activations have a step of 1/127 of a group's largest value; bf16
  /// has 8 bits.
  double tolerance() const {
    if (std::string_view(active_kernels().name) == "avx512_bf16" &&
        format() == WeightFormat::kBF16) {
      return 4e-3;
    }
    const bool exact = !active_kernels().quantizes_activations ||
                       find_weight_format(static_cast<int>(format()))->is_dense;
    return exact ? 1e-5 : 1.5e-2;
  }
};

WeightMatrix view(RandomMatrix& matrix) {
  return *WeightMatrix::view(matrix.storage.bytes(), matrix.format, matrix.rows,
                             matrix.cols);
}

std::vector<double> product(RandomMatrix& w, std::span<const float> x,
                            std::size_t tokens) {
  std::vector<double> out(tokens * w.rows);
  for (std::size_t t = 0; t < tokens; ++t) {
    for (std::size_t r = 0; r < w.rows; ++r) {
      for (std::size_t c = 0; c < w.cols; ++c) {
        out[t * w.rows + r] += double{w.value(r, c)} * x[t * w.cols + c];
      }
    }
  }
  return out;
}

TEST_P(Linear, ReadsEveryRowAsTheFormatDefinesIt) {
  RandomMatrix matrix(format(), 37, 96, 1);
  Floats row(96);
  for (std::size_t r = 0; r < 37; ++r) {
    view(matrix).read_row(r, row.data());
    for (std::size_t c = 0; c < 96; ++c) {
      ASSERT_NEAR(row[c], matrix.value(r, c), 1e-6) << r << ", " << c;
    }
  }
}

TEST_P(Linear, MultipliesAnyNumberOfTokensAndRows) {
  for (const std::size_t tokens : {1, 2, 4, 7, 8, 13, 65, 300}) {
    for (const std::size_t rows : {16, 37, 3}) {
      SCOPED_TRACE(std::to_string(tokens) + " x " + std::to_string(rows));
      RandomMatrix matrix(format(), rows, 96, 2);
      const auto x = random_floats(tokens * 96, 3);
      Floats out(tokens * rows, -1);
      const LinearTarget target{view(matrix), out.data(), rows};
      linear(x.data(), tokens, {&target, 1});
      EXPECT_LT(relative_error(out, product(matrix, x, tokens)), tolerance());
    }
  }
}

TEST_P(Linear, ReadsWeightsAtAnyAddress) {
  RandomMatrix matrix(format(), 37, 96, 14);
  const auto bytes = matrix.storage.bytes();
  const auto x = random_floats(9 * 96, 15);
  const auto multiply = [&](const WeightMatrix& weight) {
    Floats out(9 * 37);
    const LinearTarget target{weight, out.data(), 37};
    linear(x.data(), 9, {&target, 1});
    return out;
  };
  const auto expected = multiply(view(matrix));
  AlignedBytes moved(bytes.size() + 64);
  for (const std::size_t offset : {1, 16, 63}) {
    const auto at = moved.bytes().subspan(offset, bytes.size());
    std::ranges::copy(bytes, at.begin());
    const auto weight =
        WeightMatrix::view(at, matrix.format, matrix.rows, matrix.cols);
    ASSERT_TRUE(weight.has_value());
    EXPECT_EQ(multiply(*weight), expected) << offset;
    Floats row(96);
    weight->read_row(36, row.data());
    EXPECT_NEAR(row[95], matrix.value(36, 95), 1e-6);
  }
}

TEST_P(Linear, AddsTheResidual) {
  RandomMatrix matrix(format(), 40, 64, 4);
  const auto x = random_floats(5 * 64, 5);
  const auto residual = random_floats(5 * 40, 6);
  Floats out(5 * 40);
  const LinearTarget target{view(matrix), out.data(), 40};
  linear(x.data(), 5, {&target, 1}, residual.data());
  auto expected = product(matrix, x, 5);
  for (std::size_t i = 0; i < expected.size(); ++i) expected[i] += residual[i];
  EXPECT_LT(relative_error(out, expected), tolerance());
}

TEST_P(Linear, PutsSeveralMatricesSideBySide) {
  RandomMatrix first(format(), 48, 64, 7);
  RandomMatrix second(WeightFormat::kQ8, 24, 64, 8);
  const auto x = random_floats(3 * 64, 9);
  Floats out(3 * 72);
  const LinearTarget targets[] = {{view(first), out.data(), 72},
                                  {view(second), out.data() + 48, 72}};
  linear(x.data(), 3, targets);
  const auto a = product(first, x, 3);
  const auto b = product(second, x, 3);
  std::vector<double> expected;
  for (std::size_t t = 0; t < 3; ++t) {
    expected.insert(expected.end(), a.begin() + t * 48,
                    a.begin() + t * 48 + 48);
    expected.insert(expected.end(), b.begin() + t * 24,
                    b.begin() + t * 24 + 24);
  }
  EXPECT_LT(relative_error(out, expected), 1.5e-2);
}

TEST_P(Linear, AddsTheBiasBeforeTheFunction) {
  // A tile, several, and tokens that are cut over the threads; rows that fill
  // their blocks, and such that do not.
  for (const std::size_t tokens : {1, 13, 300}) {
    for (const std::size_t rows : {64, 37}) {
      SCOPED_TRACE(std::to_string(tokens) + " x " + std::to_string(rows));
      RandomMatrix matrix(format(), rows, 96, 22);
      const auto x = random_floats(tokens * 96, 23);
      const auto bias = random_floats(rows, 24);
      Floats out(tokens * rows, -1);
      const LinearTarget target{view(matrix), out.data(), rows, bias.data(),
                                ActivationFunction::kRelu};
      linear(x.data(), tokens, {&target, 1});
      auto expected = product(matrix, x, tokens);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        expected[i] = std::max(0.0, expected[i] + bias[i % rows]);
      }
      EXPECT_LT(relative_error(out, expected), tolerance());
    }
  }
}

TEST_P(Linear, AddsTheResidualAndTheBias) {
  RandomMatrix matrix(format(), 40, 64, 4);
  const auto x = random_floats(5 * 64, 5);
  const auto residual = random_floats(5 * 40, 6);
  const auto bias = random_floats(40, 25);
  Floats out(5 * 40);
  const LinearTarget target{view(matrix), out.data(), 40, bias.data()};
  linear(x.data(), 5, {&target, 1}, residual.data());
  auto expected = product(matrix, x, 5);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    expected[i] += residual[i] + bias[i % 40];
  }
  EXPECT_LT(relative_error(out, expected), tolerance());
}

TEST_P(Linear, GatesWithAFunctionAndBiases) {
  RandomMatrix gate(format(), 50, 64, 10);
  RandomMatrix up(format(), 50, 64, 11);
  const auto gate_bias = random_floats(50, 26);
  const auto up_bias = random_floats(50, 27);
  // Few tokens are cut by rows, many by tokens.
  for (const std::size_t tokens : {1, 70, 300}) {
    for (const bool has_bias : {false, true}) {
      SCOPED_TRACE(std::to_string(tokens) + (has_bias ? " biased" : ""));
      const auto x = random_floats(tokens * 64, 12);
      Floats out(tokens * 50);
      GatedMatrices matrices{view(gate), view(up)};
      if (has_bias) {
        matrices.gate_bias = gate_bias.data();
        matrices.up_bias = up_bias.data();
      }
      gated_linear(x.data(), tokens, matrices, out.data());
      auto g = product(gate, x, tokens);
      auto expected = product(up, x, tokens);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        if (has_bias) g[i] += gate_bias[i % 50];
        if (has_bias) expected[i] += up_bias[i % 50];
        expected[i] *= g[i] / (1 + std::exp(-g[i]));
      }
      EXPECT_LT(relative_error(out, expected), 2 * tolerance());
    }
  }
}

TEST_P(Linear, KeepsSixteenBitsWhereThatIsAsked) {
  for (const std::size_t tokens : {1, 3}) {
    RandomMatrix matrix(format(), 40, 320, 16);
    const auto x = random_floats(tokens * 320, 17);
    Floats out(tokens * 40);
    const LinearTarget target{view(matrix), out.data(), 40};
    linear(x.data(), tokens, {&target, 1}, nullptr, ActivationBits::k16);
    EXPECT_LT(relative_error(out, product(matrix, x, tokens)), 1e-4);
  }
}

TEST_P(Linear, MultipliesATokenAsIfItWereAlone) {
  RandomMatrix matrix(format(), 40, 320, 20);
  auto x = random_floats(11 * 320, 21);
  x[2 * 320 + 40] = 1000.0f;  // an outlier for one of them
  const auto multiply = [&](std::size_t first, std::size_t tokens) {
    Floats out(tokens * 40);
    const LinearTarget target{view(matrix), out.data(), 40};
    linear(x.data() + first * 320, tokens, {&target, 1});
    return out;
  };
  const Floats together = multiply(0, 11);
  Floats apart;
  std::size_t first = 0;
  // A unit for products of matrices leaves single tokens to the vectors.
  const bool has_tiles = active_kernels().tiles != nullptr;
  const auto parts = has_tiles ? std::vector<std::size_t>{2, 2, 4, 3}
                               : std::vector<std::size_t>{1, 2, 4, 1, 3};
  for (const std::size_t tokens : parts) {
    const Floats part = multiply(first, tokens);
    apart.insert(apart.end(), part.begin(), part.end());
    first += tokens;
  }
  EXPECT_EQ(apart, together);
}

TEST_P(Linear, LosesNothingToAnOutlierInTheSameGroup) {
  constexpr std::size_t kTokens = 9;
  RandomMatrix matrix(format(), 16, 320, 18);
  auto x = random_floats(kTokens * 320, 19);
  auto expected = product(matrix, x, kTokens);
  for (const std::size_t token : {2, 8}) {
    float& outlier = x[token * 320 + 40];
    const float value = outlier;
    outlier = 1000.0f;
    for (std::size_t r = 0; r < 16; ++r) {
      expected[token * 16 + r] +=
          double{matrix.value(r, 40)} * (double{outlier} - value);
    }
  }
  Floats out(kTokens * 16);
  const LinearTarget target{view(matrix), out.data(), 16};
  linear(x.data(), kTokens, {&target, 1});
  // Without the outliers' own products, which are most of a sum.
  for (const std::size_t token : {2, 8}) {
    for (std::size_t r = 0; r < 16; ++r) {
      const double own = double{matrix.value(r, 40)} * 1000.0;
      const std::size_t at = token * 16 + r;
      out[at] = static_cast<float>(out[at] - own);
      expected[at] -= own;
    }
  }
  // Tiles round quantized weights as well, to 8 bits, so that some of the
  // outliers' products remains.
  const bool rounds_weights =
      active_kernels().tiles != nullptr &&
      !find_weight_format(static_cast<int>(format()))->is_dense;
  EXPECT_LT(relative_error(out, expected),
            rounds_weights ? 0.15 : tolerance() + 1e-4);
}

TEST_P(Linear, SurvivesLargeAndZeroActivations) {
  RandomMatrix matrix(format(), 16, 64, 13);
  Floats x(64, 0.0f);
  x[40] = 1e30f;
  Floats out(16);
  const LinearTarget target{view(matrix), out.data(), 16};
  linear(x.data(), 1, {&target, 1});
  EXPECT_LT(relative_error(out, product(matrix, x, 1)), tolerance());
}

std::string test_name(const testing::TestParamInfo<Parameter>& info) {
  const auto format = static_cast<int>(std::get<1>(info.param));
  return std::string(std::get<0>(info.param)) + "_" +
         std::string(find_weight_format(format)->name);
}

INSTANTIATE_TEST_SUITE_P(
    All, Linear,
    testing::Combine(testing::ValuesIn(tested_kernel_names()),
                     testing::ValuesIn(kFormats)),
    test_name);

TEST(WeightMatrix, RefusesBytesThatContradictTheShape) {
  RandomMatrix matrix(WeightFormat::kQ4, 16, 64, 1);
  const auto bytes = matrix.storage.bytes();
  EXPECT_FALSE(WeightMatrix::view(bytes, matrix.format, 17, 64));
  EXPECT_FALSE(WeightMatrix::view(bytes, matrix.format, 16, 32));
  EXPECT_FALSE(WeightMatrix::view(bytes, matrix.format, 16, 63));
  EXPECT_FALSE(WeightMatrix::view(bytes, 99, 16, 64));
  EXPECT_FALSE(WeightMatrix::view(bytes, -1, 16, 64));
  EXPECT_FALSE(WeightMatrix::view(bytes, matrix.format, SIZE_MAX, 64));
  EXPECT_FALSE(WeightMatrix::view(bytes.subspan(1), matrix.format, 16, 64));
}

TEST(KernelSelection, KnowsItsNames) {
  EXPECT_EQ(select_kernels("fast").code(), StatusCode::kInvalidArgument);
  for (const auto name : available_kernels()) {
    EXPECT_TRUE(select_kernels(name).ok());
    EXPECT_EQ(active_kernels().name, name);
  }
  EXPECT_TRUE(select_kernels("auto").ok());
}

}  // namespace
}  // namespace etllm::kernels
