#include <executorch/extension/llm/sampler/sampler.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

namespace executorch::extension::llm {
namespace {

using aten::BFloat16;
using aten::Half;

template <typename T>
std::vector<T> as(const std::vector<float>& values) {
  std::vector<T> out;
  for (const float value : values) out.push_back(static_cast<T>(value));
  return out;
}

TEST(Sampler, TakesTheLikeliestOfEveryTypeAtTemperatureZero) {
  const std::vector<float> logits = {1, 4, 2, 4};
  Sampler sampler(4, 0.0F);
  EXPECT_EQ(sampler.sample(as<float>(logits).data()), 1);
  EXPECT_EQ(sampler.sample(as<Half>(logits).data()), 1);
  EXPECT_EQ(sampler.sample(as<BFloat16>(logits).data()), 1);
  EXPECT_EQ(sampler.sample(as<std::uint16_t>(logits).data()), 1);
}

TEST(Sampler, LeavesTheLogitsUnchanged) {
  const std::vector<float> logits = {1, 2, 3};
  std::vector<float> copy = logits;
  Sampler sampler(3, 0.9F, 0.9F, 1);
  sampler.sample(copy.data());
  EXPECT_EQ(copy, logits);
}

TEST(Sampler, ReadsOnlyAsManyLogitsAsItWasMadeFor) {
  const std::vector<float> logits = {1, 2, 9};
  Sampler sampler(2, 0.0F);
  EXPECT_EQ(sampler.vocab_size(), 2);
  EXPECT_EQ(sampler.sample(logits.data()), 1);
}

TEST(Sampler, GivesTheSameTokensForTheSameSeedZeroIncluded) {
  const std::vector<float> logits(100, 1.0F);
  for (const unsigned long long seed : {0ULL, 7ULL}) {
    Sampler one(100, 1.0F, 0.9F, seed);
    Sampler other(100, 1.0F, 0.9F, seed);
    std::vector<int32_t> tokens;
    std::vector<int32_t> others;
    for (int i = 0; i < 20; ++i) {
      tokens.push_back(one.sample(logits.data()));
      others.push_back(other.sample(logits.data()));
    }
    EXPECT_EQ(tokens, others);
    EXPECT_NE(tokens, std::vector<int32_t>(20, tokens[0]));
  }
}

TEST(Sampler, LeavesOutWhatTopPLeavesOut) {
  const std::vector<float> logits = {10, 0, 0, 0};
  Sampler sampler(4, 1.0F, 0.5F, 3);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(sampler.sample(logits.data()), 0);
}

TEST(Sampler, SelectsNothingWhenThereIsNothingToSelect) {
  const std::vector<float> logits = {1, std::nanf("")};
  EXPECT_EQ(Sampler(2, 0.0F).sample(logits.data()), -1);
  EXPECT_EQ(Sampler(2, 1.0F).sample(logits.data()), -1);
  EXPECT_EQ(Sampler(0, 0.0F).sample(logits.data()), -1);
  EXPECT_EQ(Sampler(-5, 0.0F).sample(logits.data()), -1);
  EXPECT_EQ(Sampler(2, 0.0F).sample<float>(nullptr), -1);
}

TEST(Sampler, CanBeMoved) {
  Sampler sampler(2, 0.0F);
  Sampler moved = std::move(sampler);
  const std::vector<float> logits = {1, 2};
  EXPECT_EQ(moved.sample(logits.data()), 1);
}

}  // namespace
}  // namespace executorch::extension::llm
