// What the operators of imported programs make of their arguments: the numbers
// are those of the formulas in docs/operators.md.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <span>
#include <vector>

#include "operators/decoder_cases.h"

namespace etllm::operators {
namespace {

using Int = std::int64_t;

TestTensor floats(std::vector<SizesType> sizes, std::vector<float> values) {
  TestTensor tensor{std::move(sizes), ScalarType::Float, {}};
  const auto bytes = std::as_bytes(std::span(values));
  tensor.bytes.assign(bytes.begin(), bytes.end());
  return tensor;
}

/// A matrix of f32 in blocks of sixteen rows.
TestTensor matrix(std::size_t rows, std::size_t cols,
                  const std::vector<float>& values) {
  TestTensor tensor = weight(rows, cols);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < cols; ++c) {
      const std::size_t at = r / 16 * 16 * cols + c * 16 + r % 16;
      std::memcpy(tensor.bytes.data() + at * sizeof(float),
                  &values[r * cols + c], sizeof(float));
    }
  }
  return tensor;
}

template <class... Arguments>
OperatorCall call_of(Arguments&&... arguments) {
  OperatorCall call;
  (call.add(std::forward<Arguments>(arguments)), ...);
  return call;
}

void expect_numbers(OperatorCall& call, std::size_t index,
                    const std::vector<double>& expected) {
  const auto actual = numbers(call.tensor(index));
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(actual[i], expected[i], 1e-5) << i;
  }
}

double silu(double x) { return x / (1 + std::exp(-x)); }

TEST(DecoderOperators, ProjectionAppliesTheFunctionToTheBiasedProduct) {
  auto call = call_of(floats({1, 1, 2}, {1, 2}), matrix(2, 2, {1, 1, -1, -1}),
                      EValue(Int{0}), floats({2}, {0.5f, 0.5f}), EValue(Int{5}),
                      floats({1, 1, 2}, {9, 9}));
  ASSERT_EQ(call.run("etllm::projection.out"), Error::Ok);
  expect_numbers(call, 5, {12.25, 0});
}

TEST(DecoderOperators, LinearAddAddsTheResidualAndTheBias) {
  auto call = call_of(floats({1, 1, 2}, {1, 2}), matrix(2, 2, {1, 1, -1, -1}),
                      EValue(Int{0}), floats({2}, {0.5f, 0.25f}),
                      floats({1, 1, 2}, {10, 20}), floats({1, 1, 2}, {9, 9}));
  ASSERT_EQ(call.run("etllm::linear_add.out"), Error::Ok);
  expect_numbers(call, 5, {13.5, 17.25});
}

TEST(DecoderOperators, QkvLinearCutsTheBiasLikeItsOutput) {
  auto call =
      call_of(floats({1, 1, 1}, {1}), matrix(2, 1, {1, 2}), matrix(1, 1, {3}),
              matrix(1, 1, {4}), EValue(Int{0}), EValue(Int{0}), EValue(Int{0}),
              EValue(Int{2}), EValue(Int{1}), floats({4}, {10, 20, 30, 40}),
              floats({1, 1, 4}, {0, 0, 0, 0}));
  ASSERT_EQ(call.run("etllm::qkv_linear.out"), Error::Ok);
  expect_numbers(call, 10, {11, 22, 33, 44});
}

TEST(DecoderOperators, GatedMlpTakesAnyFunctionAndOneBias) {
  auto call =
      call_of(floats({1, 1, 1}, {2}), matrix(1, 1, {1}), matrix(1, 1, {3}),
              EValue(Int{0}), EValue(Int{0}), EValue(Int{4}), EValue(),
              floats({1}, {1}), floats({1, 1, 1}, {0}));
  ASSERT_EQ(call.run("etllm::gated_mlp.out"), Error::Ok);
  expect_numbers(call, 8, {2 * 7});
}

TEST(DecoderOperators, PositionEmbeddingAddsRowsFromTheStart) {
  auto call = call_of(longs({1}, {1}), floats({1, 2, 2}, {1, 2, 3, 4}),
                      matrix(3, 2, {9, 9, 10, 20, 30, 40}), EValue(Int{0}),
                      EValue(Int{3}), EValue());
  ASSERT_EQ(call.run("etllm::position_embedding.out"), Error::Ok);
  expect_numbers(call, 1, {11, 22, 33, 44});
}

TEST(DecoderOperators, LayerNormCentresRows) {
  auto call = call_of(floats({1, 2, 2}, {1, 3, 10, 8}), floats({2}, {1, 2}),
                      floats({2}, {0.5f, 0}), EValue(0.0),
                      floats({1, 2, 2}, {0, 0, 0, 0}));
  ASSERT_EQ(call.run("etllm::layer_norm.out"), Error::Ok);
  expect_numbers(call, 4, {-0.5, 2, 1.5, -2});
}

/// Two query heads, a key head and a value head of two numbers each.
std::vector<double> head_norm(const std::vector<float>& query_weight,
                              const std::vector<float>& key_weight, Int kind) {
  const auto size = [](const auto& weight) {
    return std::vector<SizesType>{static_cast<SizesType>(weight.size())};
  };
  auto call = call_of(floats({1, 1, 8}, {3, 4, 5, 12, 6, 8, 7, 7}),
                      floats(size(query_weight), query_weight),
                      floats(size(key_weight), key_weight), EValue(Int{2}),
                      EValue(Int{1}), EValue(Int{2}), EValue(kind), EValue(0.0),
                      EValue());
  EXPECT_EQ(call.run("etllm::head_norm.out"), Error::Ok);
  return numbers(call.tensor(0));
}

void expect_near(const std::vector<double>& actual,
                 const std::vector<double>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(actual[i], expected[i], 1e-5) << i;
  }
}

TEST(DecoderOperators, HeadNormLooksAtHeadsOrAtAllOfThem) {
  const double first = std::sqrt(12.5);
  const double second = std::sqrt(84.5);
  const double key = std::sqrt(50.0);
  expect_near(
      head_norm({1, 2}, {1, 3}, 0),
      {3 / first, 8 / first, 5 / second, 24 / second, 6 / key, 24 / key, 7, 7});
  const double all = std::sqrt(48.5);
  expect_near(head_norm({1, 2, 3, 4}, {1, 3}, 1),
              {3 / all, 8 / all, 15 / all, 48 / all, 6 / key, 24 / key, 7, 7});
  expect_near(head_norm({1, 2, 3, 4}, {1, 3}, 2), {-1, 2, -3, 4, -1, 3, 7, 7});
  expect_near(head_norm({1, 2}, {1, 3}, 2), {-1, 2, -1, 2, -1, 3, 7, 7});
}

TEST(DecoderOperators, AddScaleAndCapEachNumber) {
  auto sum = call_of(floats({1, 2, 1}, {1, 2}), floats({1, 2, 1}, {10, 20}),
                     floats({1, 2, 1}, {0, 0}));
  ASSERT_EQ(sum.run("etllm::add.out"), Error::Ok);
  expect_numbers(sum, 2, {11, 22});
  auto scaled = call_of(floats({1, 2, 1}, {1, 2}), EValue(-0.5), EValue());
  ASSERT_EQ(scaled.run("etllm::scale.out"), Error::Ok);
  expect_numbers(scaled, 0, {-0.5, -1});
  auto capped = call_of(floats({1, 2, 1}, {1, -200}), EValue(2.0), EValue());
  ASSERT_EQ(capped.run("etllm::soft_cap.out"), Error::Ok);
  expect_numbers(capped, 0, {2 * std::tanh(0.5), -2});
}

/// The table of two tokens from `start` on.
std::vector<double> switched_table(Int start) {
  auto call = call_of(longs({1, 2}, {0, 0}), longs({1}, {start}),
                      floats({1}, {0.5f}), floats({1}, {0.25f}), EValue(Int{8}),
                      EValue(2.0), floats({1, 2, 2}, {0, 0, 0, 0}));
  EXPECT_EQ(call.run("etllm::rope_table_switched.out"), Error::Ok);
  return numbers(call.tensor(6));
}

TEST(DecoderOperators, RopeTableSwitchesForTheWholeCall) {
  // Up to eight positions the short frequencies hold.
  for (const Int start : {6, 7, 100}) {
    const double frequency = start == 6 ? 0.5 : 0.25;
    std::vector<double> expected;
    for (const double position :
         {static_cast<double>(start), static_cast<double>(start + 1)}) {
      expected.push_back(2 * std::cos(position * frequency));
      expected.push_back(2 * std::sin(position * frequency));
    }
    expect_near(switched_table(start), expected);
  }
}

TEST(DecoderOperators, MoeMlpMixesTheChosenExperts) {
  // Two experts of one number each; the router favours the second.
  const std::size_t each = weight(1, 1).bytes.size();
  const auto experts = [&](float first, float second) {
    TestTensor both = weight(1, 1, 2);
    std::memcpy(both.bytes.data(), &first, sizeof first);
    std::memcpy(both.bytes.data() + each, &second, sizeof second);
    return both;
  };
  const auto run = [&](Int active, Int scoring, bool normalise) {
    auto call = call_of(
        floats({1, 1, 1}, {2}), matrix(2, 1, {0, 0.5f}), EValue(Int{0}),
        experts(1, 2), experts(3, 4), experts(5, 6), EValue(Int{0}),
        EValue(Int{0}), EValue(Int{0}), EValue(Int{2}), EValue(active),
        EValue(Int{1}), EValue(Int{1}), EValue(scoring), EValue(normalise),
        EValue(0.5), floats({1, 1, 1}, {100}), floats({1, 1, 1}, {0}));
    EXPECT_EQ(call.run("etllm::moe_mlp.out"), Error::Ok);
    return numbers(call.tensor(17)).at(0);
  };
  const double first = silu(2) * 6 * 5;
  const double second = silu(4) * 8 * 6;
  const double e = std::exp(1.0);
  const double sigmoid = e / (1 + e);
  const auto near = [](double expected) { return 1e-6 * expected; };
  EXPECT_NEAR(run(1, 0, true), 100 + 0.5 * second, near(200));
  EXPECT_NEAR(run(1, 0, false), 100 + 0.5 * second * e / (1 + e), near(200));
  EXPECT_NEAR(run(2, 0, true), 100 + 0.5 * (first + second * e) / (1 + e),
              near(200));
  EXPECT_NEAR(run(1, 1, false), 100 + 0.5 * second * sigmoid, near(200));
  EXPECT_NEAR(run(2, 1, true),
              100 + 0.5 * (first * 0.5 + second * sigmoid) / (0.5 + sigmoid),
              near(200));
}

}  // namespace
}  // namespace etllm::operators
