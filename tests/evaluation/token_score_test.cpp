#include "evaluation/token_score.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace etllm::evaluation {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// Logits of these probabilities, shifted: softmax does not see the shift.
std::vector<float> logits_of(const std::vector<double>& probabilities,
                             double shift) {
  std::vector<float> logits;
  for (const double p : probabilities) {
    logits.push_back(static_cast<float>(std::log(p) + shift));
  }
  return logits;
}

TEST(LogSumExp, IsExactForLargeAndSmallLogits) {
  EXPECT_NEAR(log_sum_exp(std::vector<float>{1000, 1000}), 1000 + std::log(2.0),
              1e-12);
  EXPECT_NEAR(log_sum_exp(std::vector<float>{-1000, -1000}),
              -1000 + std::log(2.0), 1e-12);
  EXPECT_EQ(log_sum_exp(std::vector<float>{3}), 3);
}

TEST(LogSumExp, LosesNoneOfManySmallTerms) {
  // In float, a million times 1e-8 beside 1 would vanish.
  std::vector<float> logits(1'000'001, std::log(1e-8F));
  logits.front() = 0;
  EXPECT_NEAR(log_sum_exp(logits), std::log1p(1e-2), 1e-8);
}

TEST(TokenScore, IsTheNegativeLogarithmOfTheProbability) {
  const auto logits = logits_of({0.5, 0.25, 0.25}, 7);
  EXPECT_NEAR(score_token(logits, 0).loss, std::log(2.0), 1e-6);
  EXPECT_NEAR(score_token(logits, 2).loss, std::log(4.0), 1e-6);
}

TEST(TokenScore, OfATokenThatIsRuledOutIsInfinite) {
  const std::vector<float> logits = {0, -kInfinity};
  EXPECT_EQ(score_token(logits, 0).loss, 0);
  EXPECT_EQ(score_token(logits, 1).loss,
            std::numeric_limits<double>::infinity());
}

TEST(TokenScore, IsNoNumberWhereALogitIsNone) {
  EXPECT_TRUE(std::isnan(score_token(std::vector<float>{0, kNaN}, 0).loss));
  EXPECT_TRUE(std::isnan(score_token(std::vector<float>{kNaN, 0}, 1).loss));
  EXPECT_TRUE(std::isnan(
      score_token(std::vector<float>{-kInfinity, -kInfinity}, 0).loss));
}

TEST(TokenScore, HasTheDivergenceFromTheReference) {
  const auto reference = logits_of({0.5, 0.5}, 0);
  const auto logits = logits_of({0.25, 0.75}, 3);
  const TokenScore score = score_token(logits, reference, 1);
  EXPECT_NEAR(score.loss, -std::log(0.75), 1e-6);
  EXPECT_NEAR(score.reference_loss, std::log(2.0), 1e-6);
  // Under the reference, not under the model.
  EXPECT_NEAR(score.divergence,
              0.5 * std::log(0.5 / 0.25) + 0.5 * std::log(0.5 / 0.75), 1e-6);
}

TEST(TokenScore, OfEqualsHasNoDivergence) {
  const auto logits = logits_of({0.1, 0.2, 0.7}, -4);
  const TokenScore score = score_token(logits, logits, 0);
  EXPECT_EQ(score.divergence, 0);
  EXPECT_TRUE(score.has_same_top);
}

TEST(TokenScore, CountsNothingThatTheReferenceRulesOut) {
  const std::vector<float> reference = {0, -kInfinity};
  const auto logits = logits_of({0.5, 0.5}, 0);
  EXPECT_NEAR(score_token(logits, reference, 0).divergence, std::log(2.0),
              1e-6);
}

TEST(TokenScore, TellsWhetherTheLikeliestIsTheSame) {
  const auto logits = logits_of({0.4, 0.6}, 0);
  EXPECT_TRUE(score_token(logits, logits_of({0.2, 0.8}, 0), 0).has_same_top);
  EXPECT_FALSE(score_token(logits, logits_of({0.8, 0.2}, 0), 0).has_same_top);
  EXPECT_EQ(likeliest(std::vector<float>{1, 2, 2}), 1U);
}

}  // namespace
}  // namespace etllm::evaluation
