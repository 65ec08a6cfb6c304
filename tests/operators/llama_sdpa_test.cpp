// What the goldens of attention leave open.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "operators/golden_cases.h"

namespace etllm::operators {
namespace {

TestTensor floats(std::vector<SizesType> sizes, float value) {
  TestTensor tensor = empty_tensor(std::move(sizes), ScalarType::Float);
  const std::vector<float> values(tensor.bytes.size() / sizeof value, value);
  if (!values.empty()) {
    std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
  }
  return tensor;
}

void set(TestTensor& tensor, std::size_t index, float value) {
  std::memcpy(tensor.bytes.data() + index * sizeof value, &value, sizeof value);
}

/// Attention of ones, with 3 tokens, 2 heads of size 4, 6 positions.
OperatorCall masked_call(const TestTensor& mask, const TestTensor& values) {
  OperatorCall call;
  call.add(floats({1, 3, 2, 4}, 1.0f));
  call.add(floats({1, 6, 1, 4}, 1.0f));
  call.add(values);
  call.add(EValue(std::int64_t{0}));
  call.add(mask);
  call.add(EValue(0.0));
  call.add(EValue(false));
  call.add(EValue());
  call.add(floats({1, 3, 2, 4}, 9.0f));
  return call;
}

TEST(CustomSdpa, GivesZerosForATokenThatSeesNothing) {
  TestTensor mask = floats({3, 6}, 0.0f);
  for (std::size_t p = 0; p < 6; ++p) {
    set(mask, 6 + p, -std::numeric_limits<float>::infinity());
  }
  OperatorCall call = masked_call(mask, floats({1, 6, 1, 4}, 2.0f));
  ASSERT_EQ(call.run("llama::custom_sdpa.out"), Error::Ok);
  const auto out = numbers(call.tensor(8));
  for (std::size_t i = 0; i < out.size(); ++i) {
    EXPECT_NEAR(out[i], i / 8 == 1 ? 0.0 : 2.0, 1e-6) << i;
  }
}

TEST(CustomSdpa, SeesAllPositionsUnderAnEmptyMask) {
  TestTensor values = floats({1, 6, 1, 4}, 0.0f);
  for (std::size_t i = 20; i < 24; ++i) set(values, i, 6.0f);
  OperatorCall call = masked_call(floats({0, 6}, 0.0f), values);
  ASSERT_EQ(call.run("llama::custom_sdpa.out"), Error::Ok);
  for (const double value : numbers(call.tensor(8))) {
    EXPECT_NEAR(value, 1.0, 1e-6);
  }
}

TEST(CustomSdpa, ReadsNoPositionBeyondTheLastToken) {
  // What a cache holds beyond the tokens so far is anything.
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const SizesType tokens : {1, 3, 40}) {
    TestTensor keys = floats({1, 100, 1, 4}, nan);
    TestTensor values = keys;
    for (SizesType i = 0; i < 4 * (10 + tokens); ++i) {
      set(keys, static_cast<std::size_t>(i), 0.5f);
      set(values, static_cast<std::size_t>(i), 3.0f);
    }
    OperatorCall call;
    call.add(floats({1, tokens, 2, 4}, 1.0f));
    call.add(keys);
    call.add(values);
    call.add(EValue(std::int64_t{10}));
    call.add(EValue());
    call.add(EValue(0.0));
    call.add(EValue(true));
    call.add(EValue());
    call.add(floats({1, tokens, 2, 4}, 0.0f));
    ASSERT_EQ(call.run("llama::custom_sdpa.out"), Error::Ok);
    for (const double value : numbers(call.tensor(8))) {
      EXPECT_NEAR(value, 3.0, 1e-5);
    }
  }
}

TEST(CustomSdpa, TakesScoresOfAnyMagnitude) {
  for (const float size : {1e-30f, 1e4f, 1e15f}) {
    OperatorCall call =
        masked_call(floats({3, 6}, 0.0f), floats({1, 6, 1, 4}, 5.0f));
    call.replace(0, floats({1, 3, 2, 4}, size));
    call.replace(1, floats({1, 6, 1, 4}, -size));
    ASSERT_EQ(call.run("llama::custom_sdpa.out"), Error::Ok);
    for (const double value : numbers(call.tensor(8))) {
      EXPECT_NEAR(value, 5.0, 1e-5) << size;
    }
  }
}

TEST(CustomSdpa, DoesNothingForNoTokens) {
  OperatorCall call;
  call.add(floats({1, 0, 2, 4}, 1.0f));
  call.add(floats({1, 6, 1, 4}, 1.0f));
  call.add(floats({1, 6, 1, 4}, 1.0f));
  call.add(EValue(std::int64_t{6}));
  call.add(EValue());
  call.add(EValue(0.0));
  call.add(EValue(true));
  call.add(EValue());
  call.add(floats({1, 3, 2, 4}, 9.0f));
  EXPECT_EQ(call.run("llama::custom_sdpa.out"), Error::Ok);
  EXPECT_EQ(call.tensor(8).numel(), 0);
}

TEST(SdpaWithKvCache, StoresEveryKeyButRefusesWhatExceedsTheCache) {
  for (const std::int64_t start : {0, 3, 4, 5, 7}) {
    OperatorCall call;
    call.add(floats({1, 2, 2, 4}, 1.0f));
    call.add(floats({1, 2, 1, 4}, 2.0f));
    call.add(floats({1, 2, 1, 4}, 3.0f));
    call.add(floats({1, 6, 1, 4}, 0.0f));
    call.add(floats({1, 6, 1, 4}, 0.0f));
    call.add(EValue(start));
    call.add(EValue(std::int64_t{1}));
    call.add(EValue());
    call.add(EValue(0.0));
    call.add(EValue(true));
    call.add(EValue());
    call.add(floats({1, 2, 2, 4}, 0.0f));
    const Error error = call.run("llama::sdpa_with_kv_cache.out");
    EXPECT_EQ(error, start <= 4 ? Error::Ok : Error::InvalidArgument);
    double sum = 0;
    for (const double value : numbers(call.tensor(3))) sum += value;
    EXPECT_EQ(sum, start <= 4 ? 16.0 : 0.0);
  }
}

}  // namespace
}  // namespace etllm::operators
