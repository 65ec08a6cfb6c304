// What quantization loses, and that it loses the same on every machine.

#include "importer/tensors/quantizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <span>
#include <vector>

#include "importer/tensors/row_encoder.h"
#include "kernels/linear/weight_matrix.h"

namespace etllm::importer {
namespace {

using kernels::WeightFormat;

// Norm of the error over the norm of the values, for normally distributed
// weights. The best scale for each group, found by trying all, gives 0.0809
// with 4 bits; the plain rule of Q4_0 gives 0.0860. With 8 bits the plain rule
// gives 0.0053.
constexpr double kMaxErrorQ4 = 0.0815;
constexpr double kMaxErrorQ8 = 0.0049;
// Halves of the last bit of 11 and 8, uniformly distributed.
constexpr double kMaxErrorF16 = 2.5e-4;
constexpr double kMaxErrorBF16 = 2e-3;

constexpr std::size_t kRows = kernels::kRowsPerBlock;

std::vector<float> normal_values(std::size_t count) {
  std::mt19937 random(7);
  std::normal_distribution<float> distribution(0, 0.02F);
  std::vector<float> values(count);
  for (float& value : values) value = distribution(random);
  return values;
}

/// Encodes one block of 16 rows and reads it as the kernels do.
std::vector<float> round_trip(const std::vector<float>& values,
                              WeightFormat format) {
  const std::size_t cols = values.size() / kRows;
  const auto number = static_cast<std::int64_t>(format);
  const auto layout = *kernels::weight_block_layout(number, cols);
  std::vector<std::byte> storage(layout.block_bytes + 64);
  const auto address = reinterpret_cast<std::uintptr_t>(storage.data());
  std::byte* block = storage.data() + (64 - address % 64) % 64;
  EXPECT_EQ(find_block_encoder(format)(values, cols, layout, block),
            EncodeOutcome::kOk);
  const auto matrix = *kernels::WeightMatrix::view({block, layout.block_bytes},
                                                   number, kRows, cols);
  std::vector<float> result(values.size());
  for (std::size_t row = 0; row < kRows; ++row) {
    matrix.read_row(row, result.data() + row * cols);
  }
  return result;
}

double relative_error(const std::vector<float>& values,
                      const std::vector<float>& rounded) {
  double error = 0;
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    error += std::pow(values[i] - rounded[i], 2);
    sum += std::pow(values[i], 2);
  }
  return std::sqrt(error / sum);
}

TEST(Quantizer, LosesNoMoreThanTheBoundOfEachFormat) {
  const auto values = normal_values(kRows * 16'384);
  const std::pair<WeightFormat, double> bounds[] = {
      {WeightFormat::kQ4, kMaxErrorQ4},   {WeightFormat::kQ8, kMaxErrorQ8},
      {WeightFormat::kF16, kMaxErrorF16}, {WeightFormat::kBF16, kMaxErrorBF16},
      {WeightFormat::kF32, 0.0},
  };
  for (const auto& [format, bound] : bounds) {
    const double error = relative_error(values, round_trip(values, format));
    EXPECT_LE(error, bound) << static_cast<int>(format);
    EXPECT_GE(error, bound / 2) << static_cast<int>(format);
  }
}

TEST(Quantizer, KeepsGroupsOfFewLevels) {
  // Groups with levels -n .. n, and -8 .. 7.
  for (int levels = 1; levels <= 8; ++levels) {
    std::vector<float> values(kRows * 32);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const int highest = levels == 8 ? 7 : levels;
      const int count = levels + highest + 1;
      values[i] =
          0.125F * static_cast<float>(static_cast<int>(i * 7) % count - levels);
    }
    for (const auto format : {WeightFormat::kQ4, WeightFormat::kQ8}) {
      // What is left is the rounding of the scale to f16.
      EXPECT_LE(relative_error(values, round_trip(values, format)), 0x1p-11)
          << levels;
    }
  }
}

TEST(Quantizer, TakesValuesOfAnySize) {
  for (const float size : {1e-38F, 1e-20F, 1e-7F, 1e-3F, 1.0F, 1e4F}) {
    std::vector<float> values = normal_values(kRows * 64);
    for (float& value : values) value *= size;
    for (const auto format : {WeightFormat::kQ4, WeightFormat::kQ8}) {
      const auto rounded = round_trip(values, format);
      EXPECT_LE(relative_error(values, rounded), 1.0) << size;
    }
  }
}

TEST(Quantizer, GivesTheSameBytesWithEveryInstructionSet) {
  std::vector<float> tile = normal_values(kTileValues);
  // Rows of zeros, of one value, and of values that are alike in size.
  for (std::size_t col = 0; col < kernels::kColsPerGroup; ++col) {
    tile[col * kRows + 3] = 0;
    tile[col * kRows + 4] = col == 9 ? -3.0F : 0;
    tile[col * kRows + 5] = col % 2 == 0 ? 1.5F : -1.5F;
  }
  ASSERT_FALSE(quantizers().empty());
  for (const auto bits : {&Quantizer::q4, &Quantizer::q8}) {
    std::vector<float> expected(kRows);
    std::vector<std::byte> expected_quants(512);
    const auto run = [&](const Quantizer& quantizer, std::vector<float>& scales,
                         std::vector<std::byte>& quants) {
      (quantizer.*bits).find_scales(tile.data(), scales.data());
      std::vector<float> factors(kRows);
      for (std::size_t row = 0; row < kRows; ++row) {
        factors[row] = scales[row] == 0 ? 0 : 1 / scales[row];
      }
      (quantizer.*bits).round(tile.data(), factors.data(), quants.data());
    };
    run(*baseline_quantizer(), expected, expected_quants);
    for (const Quantizer* quantizer : quantizers()) {
      std::vector<float> scales(kRows);
      std::vector<std::byte> quants(512);
      run(*quantizer, scales, quants);
      EXPECT_EQ(scales, expected);
      EXPECT_EQ(quants, expected_quants);
    }
  }
}

}  // namespace
}  // namespace etllm::importer
