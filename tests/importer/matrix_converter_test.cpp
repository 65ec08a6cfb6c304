// Tensors of every type in our weight formats, against the values that gguf-py
// makes of the same blocks (tests/golden/make_importer_goldens.py).

#include "importer/tensors/matrix_converter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "importer/gguf_bytes.h"
#include "importer/source/model_source.h"
#include "kernels/linear/weight_matrix.h"
#include "support/temporary_directory.h"

namespace etllm::importer {
namespace {

using kernels::WeightFormat;

std::unique_ptr<ModelSource> open(const std::string& path) {
  auto file = open_model(path);
  if (!file.ok()) throw std::runtime_error(file.status().message());
  return std::move(*file);
}

std::unique_ptr<ModelSource> open_blocks() {
  return open(ETLLM_SOURCE_DIR "/tests/golden/importer/blocks.gguf");
}

MatrixView all_of(const SourceTensor& tensor) {
  return {&tensor, tensor.rows(), tensor.cols(), {}, false};
}

/// The bytes that a program gets.
Result<std::vector<std::byte>> convert_to_bytes(const MatrixPlan& plan) {
  std::vector<std::byte> bytes;
  Status status =
      convert_matrix(plan).write([&](std::span<const std::byte> part) {
        bytes.insert(bytes.end(), part.begin(), part.end());
        return Status();
      });
  if (!status.ok()) return status;
  EXPECT_EQ(bytes.size(), plan.bytes);
  return bytes;
}

/// All values of a matrix, as the kernels see them after the conversion.
Result<std::vector<float>> convert(const MatrixPlan& plan) {
  const auto bytes = convert_to_bytes(plan);
  if (!bytes.ok()) return bytes.status();
  const std::size_t rows = plan.matrix.rows;
  const std::size_t cols = plan.matrix.cols;
  // The kernels want the alignment that a program gives.
  constexpr std::size_t kAlignment = kernels::kWeightAlignment;
  std::vector<std::byte> storage(bytes->size() + kAlignment);
  const auto address = reinterpret_cast<std::uintptr_t>(storage.data());
  std::byte* aligned =
      storage.data() + (kAlignment - address % kAlignment) % kAlignment;
  std::copy(bytes->begin(), bytes->end(), aligned);
  const auto matrix = kernels::WeightMatrix::view(
      {aligned, bytes->size()}, static_cast<std::int64_t>(plan.format), rows,
      cols);
  if (!matrix) return invalid_data("the kernels refuse the matrix");
  std::vector<float> values(rows * cols);
  for (std::size_t row = 0; row < rows; ++row) {
    matrix->read_row(row, values.data() + row * cols);
  }
  return values;
}

struct TypeCase {
  const char* name;
  WeightFormat format;
  /// Type names that stay as they are under --quant q8 and q4.
  bool stays_under_q8;
  bool stays_under_q4;
};

class EveryType : public testing::TestWithParam<TypeCase> {
 protected:
  const SourceTensor& tensor() const {
    return *file_->find_tensor(GetParam().name);
  }
  std::vector<float> golden() const {
    const std::string name = std::string(GetParam().name) + ".values";
    return *read_floats(*file_->find_tensor(name));
  }

  std::unique_ptr<ModelSource> file_ = open_blocks();
};

TEST_P(EveryType, KeepsEveryValue) {
  const auto plan =
      plan_matrix(all_of(tensor()), MatrixRole::kLayer, Quantization::kKeep);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  EXPECT_EQ(plan->format, GetParam().format);
  const auto values = convert(*plan);
  ASSERT_TRUE(values.ok()) << values.status().message();
  EXPECT_EQ(*values, golden());
}

TEST_P(EveryType, ReadsAsFloats) {
  const auto values = read_floats(tensor());
  ASSERT_TRUE(values.ok()) << values.status().message();
  EXPECT_EQ(*values, golden());
}

TEST_P(EveryType, BecomesF32WhenAsked) {
  const auto plan =
      plan_matrix(all_of(tensor()), MatrixRole::kLayer, Quantization::kF32);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->format, WeightFormat::kF32);
  const auto values = convert(*plan);
  ASSERT_TRUE(values.ok()) << values.status().message();
  EXPECT_EQ(*values, golden());
}

TEST_P(EveryType, RoundsTo16BitsToNearest) {
  for (const auto& [quantization, format, error] :
       {std::tuple(Quantization::kF16, WeightFormat::kF16, 0x1p-11F),
        std::tuple(Quantization::kBF16, WeightFormat::kBF16, 0x1p-8F)}) {
    const auto plan =
        plan_matrix(all_of(tensor()), MatrixRole::kLayer, quantization);
    ASSERT_TRUE(plan.ok());
    EXPECT_EQ(plan->format, format);
    const auto values = convert(*plan);
    ASSERT_TRUE(values.ok()) << values.status().message();
    const auto expected = golden();
    for (std::size_t i = 0; i < expected.size(); ++i) {
      // Half the smallest f16 is what subnormal values lose at most.
      const float bound = std::max(std::fabs(expected[i]) * error, 0x1p-25F);
      ASSERT_NEAR((*values)[i], expected[i], bound) << i;
    }
  }
}

TEST_P(EveryType, IsNeverRaisedByQuantization) {
  const auto format = [&](Quantization quantization) {
    return plan_matrix(all_of(tensor()), MatrixRole::kLayer, quantization)
        ->format;
  };
  EXPECT_EQ(format(Quantization::kQ8),
            GetParam().stays_under_q8 ? GetParam().format : WeightFormat::kQ8);
  EXPECT_EQ(format(Quantization::kQ4),
            GetParam().stays_under_q4 ? GetParam().format : WeightFormat::kQ4);
}

INSTANTIATE_TEST_SUITE_P(
    Types, EveryType,
    testing::Values(TypeCase{"F32", WeightFormat::kF32, false, false},
                    TypeCase{"F16", WeightFormat::kF16, false, false},
                    TypeCase{"BF16", WeightFormat::kBF16, false, false},
                    TypeCase{"Q8_0", WeightFormat::kQ8, true, false},
                    TypeCase{"Q4_0", WeightFormat::kQ4, true, true},
                    TypeCase{"Q4_1", WeightFormat::kQ4Min, true, true},
                    TypeCase{"Q5_0", WeightFormat::kQ8, true, false},
                    TypeCase{"Q5_1", WeightFormat::kQ8Min, true, false},
                    TypeCase{"Q4_K", WeightFormat::kQ4MinF32, true, true},
                    TypeCase{"Q5_K", WeightFormat::kQ8MinF32, true, false},
                    TypeCase{"Q6_K", WeightFormat::kQ8HalfF32, true, false}),
    [](const auto& info) { return std::string(info.param.name); });

/// A file of one matrix "m".
class OneMatrix : public testing::Test {
 protected:
  std::unique_ptr<ModelSource> file_of(const std::vector<std::uint64_t>& dims,
                                       const std::vector<float>& values) {
    GgufBytes bytes;
    std::string data;
    for (const float value : values) data += raw(value);
    bytes.set_tensor("m", dims, 0, data);
    const std::string path = directory_.path() / "m.gguf";
    write_file(path, bytes.bytes());
    return open(path);
  }

  static std::vector<float> waves(std::size_t count) {
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i) {
      const auto x = static_cast<float>(i);
      values[i] = std::sin(x * 0.7F) * (1 + std::fmod(x, 5.0F));
    }
    return values;
  }

  TemporaryDirectory directory_;
};

float largest_of(std::span<const float> values) {
  float largest = 0;
  for (const float v : values) largest = std::max(largest, std::fabs(v));
  return largest;
}

TEST_F(OneMatrix, QuantizesTo8BitsWithinHalfAStep) {
  const auto values = waves(std::size_t{19} * 96);
  const auto file = file_of({96, 19}, values);
  const auto plan = plan_matrix(all_of(file->tensors()[0]), MatrixRole::kLayer,
                                Quantization::kQ8);
  ASSERT_TRUE(plan.ok());
  const auto rounded = convert(*plan);
  ASSERT_TRUE(rounded.ok()) << rounded.status().message();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto group = std::span(values).subspan(i / 32 * 32, 32);
    // At least 120 steps lead to the largest value. The scale is an f16: 127
    // steps can be off by 127 * 2^-11 of a step.
    EXPECT_NEAR((*rounded)[i], values[i], largest_of(group) / 120 * 0.563F);
  }
}

/// Squared error of 32 values under the plain rule of Q4_0: the extreme value
/// becomes -8.
double q4_0_error(std::span<const float> values) {
  float extreme = 0;
  for (const float v : values) {
    if (std::fabs(v) > std::fabs(extreme)) extreme = v;
  }
  const float step = extreme / -8;
  double error = 0;
  for (const float v : values) {
    const float quant = std::clamp(std::floor(v / step + 0.5F), -8.0F, 7.0F);
    error += std::pow(v - quant * step, 2);
  }
  return error;
}

TEST_F(OneMatrix, QuantizesTo4BitsNoWorseThanThePlainRule) {
  const auto values = waves(std::size_t{19} * 96);
  const auto file = file_of({96, 19}, values);
  const auto plan = plan_matrix(all_of(file->tensors()[0]), MatrixRole::kLayer,
                                Quantization::kQ4);
  ASSERT_TRUE(plan.ok());
  const auto rounded = convert(*plan);
  ASSERT_TRUE(rounded.ok()) << rounded.status().message();
  for (std::size_t group = 0; group < values.size(); group += 32) {
    double error = 0;
    for (std::size_t i = group; i < group + 32; ++i) {
      error += std::pow((*rounded)[i] - values[i], 2);
    }
    // One percent for the scale, which is an f16.
    EXPECT_LE(error, q4_0_error(std::span(values).subspan(group, 32)) * 1.01);
  }
}

TEST_F(OneMatrix, OfTheVocabularyGets8BitsUnderQ4) {
  const auto file = file_of({32, 2}, waves(64));
  EXPECT_EQ(plan_matrix(all_of(file->tensors()[0]), MatrixRole::kVocabulary,
                        Quantization::kQ4)
                ->format,
            WeightFormat::kQ8);
}

TEST_F(OneMatrix, StaysAsItIsWhereRowsAreNoWholeGroups) {
  const auto values = waves(std::size_t{33} * 17);
  const auto file = file_of({33, 17}, values);
  for (const auto quantization : {Quantization::kQ8, Quantization::kQ4}) {
    const auto plan = plan_matrix(all_of(file->tensors()[0]),
                                  MatrixRole::kLayer, quantization);
    ASSERT_TRUE(plan.ok());
    EXPECT_EQ(plan->format, WeightFormat::kF32);
    EXPECT_EQ(*convert(*plan), values);
  }
}

TEST_F(OneMatrix, IsReadInAnyOrderOfItsRows) {
  const auto values = waves(std::size_t{24} * 32);
  const auto file = file_of({32, 24}, values);
  MatrixView view = all_of(file->tensors()[0]);
  // Heads of 4 rows, of which the second in each group of 12 is wanted, with
  // its first two rows exchanged as if they were one pair of neighbours.
  view.rows = 8;
  view.order = {.first = 4, .run = 4, .distance = 12, .head = 4, .paired = 4};
  const auto plan = plan_matrix(view, MatrixRole::kLayer, Quantization::kKeep);
  ASSERT_TRUE(plan.ok());
  const auto rows = convert(*plan);
  ASSERT_TRUE(rows.ok()) << rows.status().message();
  const std::size_t expected[] = {4, 6, 5, 7, 16, 18, 17, 19};
  for (std::size_t row = 0; row < 8; ++row) {
    for (std::size_t col = 0; col < 32; ++col) {
      ASSERT_EQ((*rows)[row * 32 + col], values[expected[row] * 32 + col]);
    }
  }
}

TEST_F(OneMatrix, IsReadWithRowsAndColumnsExchanged) {
  const auto values = waves(std::size_t{32} * 40);
  const auto file = file_of({40, 32}, values);
  MatrixView view = all_of(file->tensors()[0]);
  view.rows = 20;
  view.cols = 32;
  view.order.first = 20;
  view.is_transposed = true;
  const auto plan = plan_matrix(view, MatrixRole::kLayer, Quantization::kKeep);
  ASSERT_TRUE(plan.ok());
  const auto rows = convert(*plan);
  ASSERT_TRUE(rows.ok()) << rows.status().message();
  for (std::size_t row = 0; row < 20; ++row) {
    for (std::size_t col = 0; col < 32; ++col) {
      ASSERT_EQ((*rows)[row * 32 + col], values[col * 40 + 20 + row]);
    }
  }
}

TEST_F(OneMatrix, LargerThanAChunkIsConvertedWhole) {
  // 1000 rows of 4 KB: several chunks, each split over the threads.
  const auto values = waves(std::size_t{1000} * 1024);
  const auto file = file_of({1024, 1000}, values);
  const auto plan = plan_matrix(all_of(file->tensors()[0]), MatrixRole::kLayer,
                                Quantization::kKeep);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(*convert(*plan), values);
}

TEST_F(OneMatrix, IsRefusedWithValuesThatAreNoNumbers) {
  for (const float wrong : {std::numeric_limits<float>::infinity(),
                            -std::numeric_limits<float>::infinity(),
                            std::numeric_limits<float>::quiet_NaN()}) {
    auto values = waves(std::size_t{64} * 33);
    values[64 * 20 + 63] = wrong;
    const auto file = file_of({64, 33}, values);
    for (const auto quantization :
         {Quantization::kKeep, Quantization::kQ8, Quantization::kQ4,
          Quantization::kF16, Quantization::kBF16, Quantization::kF32}) {
      const auto plan = plan_matrix(all_of(file->tensors()[0]),
                                    MatrixRole::kLayer, quantization);
      ASSERT_TRUE(plan.ok());
      const auto converted = convert(*plan);
      ASSERT_FALSE(converted.ok());
      EXPECT_EQ(converted.status().code(), StatusCode::kInvalidData);
    }
    EXPECT_EQ(read_floats(file->tensors()[0]).status().code(),
              StatusCode::kInvalidData);
  }
}

TEST_F(OneMatrix, IsRefusedWhereItsValuesExceedTheFormat) {
  auto values = waves(std::size_t{64} * 3);
  values[70] = 1e6F;
  const auto file = file_of({64, 3}, values);
  const auto plan = plan_matrix(all_of(file->tensors()[0]), MatrixRole::kLayer,
                                Quantization::kF16);
  ASSERT_TRUE(plan.ok());
  const auto converted = convert(*plan);
  ASSERT_FALSE(converted.ok());
  EXPECT_EQ(converted.status().code(), StatusCode::kNotSupported);
  EXPECT_NE(converted.status().message().find("bf16"), std::string::npos);
}

TEST_F(OneMatrix, LiesAsTheDocumentationDrawsIt) {
  // 20 rows of 64 columns in Q4_1, all zero but row 17, column 37: the example
  // of docs/formats.md.
  std::string data(std::size_t{20} * 40, '\0');
  constexpr std::size_t kBlock = 17 * 40 + 20;
  data.replace(kBlock, 4,
               raw<std::uint16_t>(0x3c00) +      // 1.0
                   raw<std::uint16_t>(0x4000));  // 2.0
  data[kBlock + 4 + 5] = 0x09;
  GgufBytes bytes;
  bytes.set_tensor("m", {64, 20}, 3, data);
  const std::string path = directory_.path() / "m.gguf";
  write_file(path, bytes.bytes());
  const auto file = open(path);
  const auto plan = plan_matrix(all_of(file->tensors()[0]), MatrixRole::kLayer,
                                Quantization::kKeep);
  ASSERT_TRUE(plan.ok());
  const auto stored = convert_to_bytes(*plan);
  ASSERT_TRUE(stored.ok());
  std::string expected(1280, '\0');
  expected[1093] = 0x09;
  expected.replace(640 + (16 + 1) * 2, 2, raw<std::uint16_t>(0x3c00));
  expected.replace(640 + 64 + (16 + 1) * 2, 2, raw<std::uint16_t>(0x4000));
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(stored->data()),
                        stored->size()),
            expected);
}

TEST_F(OneMatrix, OfATypeWithoutALayoutIsRefused) {
  GgufBytes bytes;
  bytes.set_tensor("m", {256, 1}, 10, std::string(84, '\0'));  // Q2_K
  const std::string path = directory_.path() / "m.gguf";
  write_file(path, bytes.bytes());
  const auto file = open(path);
  const auto plan = plan_matrix(all_of(file->tensors()[0]), MatrixRole::kLayer,
                                Quantization::kKeep);
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.status().code(), StatusCode::kNotSupported);
  EXPECT_NE(plan.status().message().find("Q2_K"), std::string::npos);
}

TEST_F(OneMatrix, StopsWhenTheSinkFails) {
  const auto file = file_of({64, 33}, waves(std::size_t{64} * 33));
  const auto plan = plan_matrix(all_of(file->tensors()[0]), MatrixRole::kLayer,
                                Quantization::kKeep);
  ASSERT_TRUE(plan.ok());
  const Status status = convert_matrix(*plan).write(
      [](std::span<const std::byte>) { return io_error("the disk is full"); });
  EXPECT_EQ(status.message(), "the disk is full");
}

}  // namespace
}  // namespace etllm::importer
