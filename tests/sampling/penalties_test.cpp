#include "sampling/penalties.h"

#include <gtest/gtest.h>

#include <vector>

namespace etllm::sampling {
namespace {

using Logits = std::vector<float>;

Logits penalized(const SamplingParams& params, const TokenHistory& history,
                 Logits logits) {
  apply_penalties(params, history, logits);
  return logits;
}

TEST(Penalties, OfRepetitionDividePositiveAndMultiplyNegativeLogits) {
  SamplingParams params;
  params.repetition_penalty = 2.0F;
  TokenHistory history;
  history.add_context(0);
  history.add_generated(1);
  history.add_generated(1);
  EXPECT_EQ(penalized(params, history, {4, -4, 4}), (Logits{2, -8, 4}));
}

TEST(Penalties, OfPresenceAreSubtractedOncePerTokenOfTheAnswer) {
  SamplingParams params;
  params.presence_penalty = 0.5F;
  TokenHistory history;
  history.add_context(0);
  history.add_generated(1);
  history.add_generated(1);
  EXPECT_EQ(penalized(params, history, {1, 1, 1}), (Logits{1, 0.5F, 1}));
}

TEST(Penalties, OfFrequencyAreSubtractedForEachOccurrence) {
  SamplingParams params;
  params.frequency_penalty = 0.5F;
  TokenHistory history;
  history.add_context(2);
  for (int i = 0; i < 3; ++i) history.add_generated(2);
  history.add_generated(0);
  EXPECT_EQ(penalized(params, history, {1, 1, 1}), (Logits{0.5F, 1, -0.5F}));
}

TEST(Penalties, Combine) {
  SamplingParams params;
  params.repetition_penalty = 2.0F;
  params.presence_penalty = 0.25F;
  params.frequency_penalty = 0.5F;
  TokenHistory history;
  history.add_generated(0);
  history.add_generated(0);
  EXPECT_EQ(penalized(params, history, {4}), (Logits{2.0F - 0.25F - 1.0F}));
}

TEST(Penalties, IgnoreTokensBeyondTheLogits) {
  SamplingParams params;
  params.repetition_penalty = 2.0F;
  TokenHistory history;
  history.add_context(7);
  history.add_generated(~std::uint64_t{0});
  EXPECT_EQ(penalized(params, history, {4, 4}), (Logits{4, 4}));
}

TEST(TokenHistory, ForgetsEverything) {
  TokenHistory history;
  history.add_generated(3);
  history.clear();
  EXPECT_TRUE(history.entries().empty());
  history.add_context(3);
  ASSERT_EQ(history.entries().size(), 1U);
  EXPECT_EQ(history.entries()[0].generated, 0U);
}

}  // namespace
}  // namespace etllm::sampling
