// Which token is selected from logits of every type and shape.

#include <executorch/extension/tensor/tensor.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "sampling/sampler_chain.h"
#include "sampling/tensor_logits.h"

namespace etllm::sampling {
namespace {

using executorch::aten::BFloat16;
using executorch::aten::Half;
using executorch::aten::SizesType;
using executorch::extension::make_tensor_ptr;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

template <typename T>
class TypedLogits : public testing::Test {
 protected:
  static Result<std::int32_t> select(std::vector<SizesType> sizes,
                                     const std::vector<float>& values) {
    std::vector<T> data;
    for (const float value : values) data.push_back(static_cast<T>(value));
    const auto tensor = make_tensor_ptr(std::move(sizes), std::move(data));
    SamplerChain chain;
    const auto logits = last_position(*tensor, chain);
    if (!logits.ok()) return logits.status();
    return chain.sample(*logits);
  }
};

using LogitTypes = testing::Types<float, Half, BFloat16, std::uint16_t>;
TYPED_TEST_SUITE(TypedLogits, LogitTypes);

TYPED_TEST(TypedLogits, GiveTheLikeliestOfTheLastPosition) {
  const std::vector<float> two_rows = {9, 1, 2, 1, 2, 8};
  EXPECT_EQ(*this->select({1, 2, 3}, two_rows), 2);
  EXPECT_EQ(*this->select({1, 3}, {1, 7, 2}), 1);
  EXPECT_EQ(*this->select({3}, {1, 7, 2}), 1);
  EXPECT_EQ(*this->select({1, 1, 3}, {5, 1, 2}), 0);
}

TYPED_TEST(TypedLogits, GiveTheLowestIdOfEquals) {
  EXPECT_EQ(*this->select({1, 5}, {1, 3, 2, 3, 3}), 1);
}

template <typename T>
class FloatingLogits : public TypedLogits<T> {};
using FloatingTypes = testing::Types<float, Half, BFloat16>;
TYPED_TEST_SUITE(FloatingLogits, FloatingTypes);

TYPED_TEST(FloatingLogits, ThatAreNotNumbersAreAnError) {
  const auto token = this->select({1, 3}, {1, std::nanf(""), 2});
  ASSERT_FALSE(token.ok());
  EXPECT_EQ(token.status().code(), StatusCode::kInvalidData);
}

TYPED_TEST(FloatingLogits, ThatAreAllMaskedAreAnError) {
  EXPECT_FALSE(this->select({1, 2}, {-kInfinity, -kInfinity}).ok());
}

TYPED_TEST(FloatingLogits, MayBeNegativeOrMasked) {
  EXPECT_EQ(*this->select({1, 3}, {-4, -kInfinity, -3}), 2);
}

TEST(Logits, OfOtherTypesAndShapesAreRefused) {
  SamplerChain chain;
  const auto integers =
      make_tensor_ptr({1, 2}, std::vector<std::int64_t>{1, 2});
  EXPECT_EQ(last_position(*integers, chain).status().code(),
            StatusCode::kNotSupported);
  const auto deep = make_tensor_ptr({1, 1, 1, 2}, std::vector<float>{1, 2});
  EXPECT_EQ(last_position(*deep, chain).status().code(),
            StatusCode::kNotSupported);
  const auto empty = make_tensor_ptr({1, 0}, std::vector<float>{});
  EXPECT_EQ(last_position(*empty, chain).status().code(),
            StatusCode::kNotSupported);
}

SamplingParams at(float temperature, std::optional<std::uint64_t> seed) {
  SamplingParams params;
  params.temperature = temperature;
  params.seed = seed;
  return params;
}

std::vector<std::int32_t> draw(SamplerChain& chain, int count) {
  std::vector<std::int32_t> tokens;
  for (int i = 0; i < count; ++i) {
    std::vector<float> logits(1000, 0.0F);
    tokens.push_back(*chain.sample(logits));
  }
  return tokens;
}

TEST(SamplerChain, GivesTheSameTokensForTheSameSeed) {
  for (const std::uint64_t seed : {0ULL, 1ULL, ~0ULL}) {
    SamplerChain one;
    SamplerChain other;
    one.configure(at(1.0F, seed));
    other.configure(at(1.0F, seed));
    const auto tokens = draw(one, 20);
    EXPECT_EQ(draw(other, 20), tokens) << seed;
    one.configure(at(1.0F, seed));
    EXPECT_EQ(draw(one, 20), tokens) << "the seed begins anew";
  }
}

TEST(SamplerChain, GivesOtherTokensForOtherSeedsAndWithoutOne) {
  SamplerChain chain;
  chain.configure(at(1.0F, 0));
  const auto zero = draw(chain, 20);
  chain.configure(at(1.0F, 1));
  EXPECT_NE(draw(chain, 20), zero);
  chain.configure(at(1.0F, std::nullopt));
  const auto first = draw(chain, 20);
  EXPECT_NE(first, zero) << "a seed of an earlier call is still at work";
  chain.configure(at(1.0F, std::nullopt));
  EXPECT_NE(draw(chain, 20), first);
}

TEST(SamplerChain, TakesAnyNumberOfLogitsFromCallToCall) {
  SamplerChain chain;
  chain.configure(at(1.0F, 0));
  for (const std::size_t size : {3, 1, 100, 2}) {
    const auto logits = chain.logits_buffer(size);
    ASSERT_EQ(logits.size(), size);
    std::fill(logits.begin(), logits.end(), 1.0F);
    EXPECT_LT(*chain.sample(logits), static_cast<std::int32_t>(size));
  }
  EXPECT_FALSE(chain.sample({}).ok());
}

TEST(SamplingParams, OutsideTheirRangeAreRefusedByName) {
  const auto refused = [](auto change, const char* name) {
    SamplingParams params;
    change(params);
    const Status status = validate(params);
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << name;
    EXPECT_NE(status.message().find(name), std::string::npos)
        << status.message();
  };
  const float nan = std::nanf("");
  refused([](auto& p) { p.temperature = -0.1F; }, "temperature");
  refused([&](auto& p) { p.temperature = nan; }, "temperature");
  refused([](auto& p) { p.top_k = -1; }, "top_k");
  refused([](auto& p) { p.top_p = 0.0F; }, "top_p");
  refused([](auto& p) { p.top_p = 1.5F; }, "top_p");
  refused([&](auto& p) { p.top_p = nan; }, "top_p");
  refused([](auto& p) { p.min_p = -0.5F; }, "min_p");
  refused([](auto& p) { p.repetition_penalty = 0.0F; }, "repetition_penalty");
  refused([&](auto& p) { p.presence_penalty = nan; }, "presence_penalty");
  refused([&](auto& p) { p.frequency_penalty = nan; }, "frequency_penalty");
}

TEST(SamplingParams, TakeEveryTemperatureFromZeroOn) {
  for (const float temperature : {0.0F, 1e-30F, 0.1F, 1.2F, 100.0F}) {
    EXPECT_TRUE(validate(at(temperature, 0)).ok()) << temperature;
  }
}

}  // namespace
}  // namespace etllm::sampling
