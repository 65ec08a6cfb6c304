#include "evaluation/evaluate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

namespace etllm::evaluation {
namespace {

constexpr std::size_t kVocabulary = 16;

/// Foretells that each token is followed by the next number, with logit 0 for
/// the others and `confidence` for it. Writes down what it is asked for.
class SuccessorSource : public LogitsSource {
 public:
  SuccessorSource(std::size_t max_rows, float confidence,
                  std::size_t vocabulary = kVocabulary)
      : max_rows_(max_rows), confidence_(confidence), vocabulary_(vocabulary) {}

  std::size_t vocabulary() const override { return vocabulary_; }
  std::size_t max_rows() const override { return max_rows_; }

  Status skip(std::span<const std::uint64_t> window, std::size_t begin,
              std::size_t end) override {
    log += "skip " + range(window, begin, end);
    return {};
  }

  Result<LogitsRows> run(std::span<const std::uint64_t> window,
                         std::size_t begin, std::size_t end) override {
    log += "run " + range(window, begin, end);
    if (fails) return io_error("the model is gone");
    values_.assign((end - begin) * vocabulary_, 0);
    for (std::size_t i = begin; i < end; ++i) {
      values_[(i - begin) * vocabulary_ + (window[i] + 1) % vocabulary_] =
          confidence_;
    }
    return LogitsRows{values_, vocabulary_};
  }

  std::string log;
  bool fails = false;

 private:
  static std::string range(std::span<const std::uint64_t> window,
                           std::size_t begin, std::size_t end) {
    return std::to_string(window.front()) + ": " + std::to_string(begin) + "-" +
           std::to_string(end) + "; ";
  }

  std::size_t max_rows_;
  float confidence_;
  std::size_t vocabulary_;
  std::vector<float> values_;
};

EvaluationText counting(std::size_t count) {
  EvaluationText text;
  text.tokens.resize(count);
  std::iota(text.tokens.begin(), text.tokens.end(), 0);
  for (auto& token : text.tokens) token %= kVocabulary;
  return text;
}

/// The loss of a token that was foretold with `confidence`.
double loss_of(double confidence) {
  return std::log(std::exp(confidence) + kVocabulary - 1) - confidence;
}

WindowPlan plan_of(const EvaluationText& text, std::size_t window_tokens) {
  const auto plan =
      plan_windows(text.tokens.size(), window_tokens, std::nullopt);
  EXPECT_TRUE(plan.ok()) << plan.status().message();
  return plan.ok() ? *plan : WindowPlan();
}

TEST(Evaluate, ScoresTheSecondHalfOfEachWindowInCallsOfWhatTheModelTakes) {
  SuccessorSource model(2, 3);
  const EvaluationText text = counting(17);
  const auto scores = evaluate({model}, text, plan_of(text, 8));
  ASSERT_TRUE(scores.ok()) << scores.status().message();
  EXPECT_EQ(model.log,
            "skip 0: 0-4; run 0: 4-6; run 0: 6-7; "
            "skip 8: 0-4; run 8: 4-6; run 8: 6-7; ");
  EXPECT_EQ(scores->losses.count(), 6U);
  EXPECT_NEAR(scores->losses.estimate().value, loss_of(3), 1e-12);
  EXPECT_NEAR(scores->losses.estimate().uncertainty, 0, 1e-12);
  EXPECT_TRUE(scores->divergences.empty());
}

TEST(Evaluate, BeginsEachWindowWithBosButScoresTheText) {
  SuccessorSource model(8, 3);
  EvaluationText text = counting(16);
  text.bos = 15;
  const auto scores = evaluate({model}, text, plan_of(text, 8));
  ASSERT_TRUE(scores.ok());
  EXPECT_EQ(model.log,
            "skip 15: 0-4; run 15: 4-7; skip 15: 0-4; run 15: 4-7; ");
  EXPECT_NEAR(scores->losses.estimate().value, loss_of(3), 1e-12);
}

TEST(Evaluate, ComparesWithTheReferenceOnTheSameTokens) {
  SuccessorSource model(8, 0);
  SuccessorSource reference(3, 2);
  const EvaluationText text = counting(8);
  const auto scores = evaluate({model, &reference}, text, plan_of(text, 8));
  ASSERT_TRUE(scores.ok()) << scores.status().message();
  EXPECT_EQ(model.log, "skip 0: 0-4; run 0: 4-7; ");
  EXPECT_EQ(reference.log, model.log);
  const double uniform = std::log(kVocabulary);
  EXPECT_NEAR(scores->losses.estimate().value, uniform, 1e-12);
  EXPECT_NEAR(scores->reference_losses.estimate().value, loss_of(2), 1e-12);
  EXPECT_NEAR(scores->loss_changes.estimate().value, uniform - loss_of(2),
              1e-12);
  const double p = std::exp(-loss_of(2));
  const double other = (1 - p) / (kVocabulary - 1);
  ASSERT_EQ(scores->divergences.size(), 3U);
  EXPECT_NEAR(scores->divergences.front(),
              uniform + p * std::log(p) + (1 - p) * std::log(other), 1e-12);
  // All logits of the model are equal: its likeliest token is 0.
  EXPECT_EQ(scores->same_tops.estimate().value, 0);
}

TEST(Evaluate, TellsWhatIsKnownAfterEachWindow) {
  SuccessorSource model(8, 3);
  const EvaluationText text = counting(24);
  std::vector<std::size_t> counts;
  const auto scores =
      evaluate({model}, text, plan_of(text, 8),
               [&](std::size_t done, const EvaluationScores& so_far) {
                 EXPECT_EQ(done, counts.size() + 1);
                 counts.push_back(so_far.losses.count());
               });
  ASSERT_TRUE(scores.ok());
  EXPECT_EQ(counts, (std::vector<std::size_t>{3, 6, 9}));
}

TEST(Evaluate, RefusesModelsOfDifferentVocabularies) {
  SuccessorSource model(8, 3);
  SuccessorSource reference(8, 3, 20);
  const EvaluationText text = counting(8);
  const auto scores = evaluate({model, &reference}, text, plan_of(text, 8));
  EXPECT_EQ(scores.status().code(), StatusCode::kInvalidArgument);
  EXPECT_NE(scores.status().message().find("one vocabulary"),
            std::string::npos);
}

TEST(Evaluate, RefusesATokenThatHasNoLogit) {
  SuccessorSource model(8, 3, 4);
  const EvaluationText text = counting(8);
  const auto scores = evaluate({model}, text, plan_of(text, 8));
  EXPECT_EQ(scores.status().code(), StatusCode::kInvalidArgument);
  EXPECT_NE(scores.status().message().find("token 4"), std::string::npos)
      << scores.status().message();
}

TEST(Evaluate, EndsWhereALossIsNoNumberOrAModelFails) {
  const EvaluationText text = counting(8);
  SuccessorSource broken(8, std::numeric_limits<float>::quiet_NaN());
  EXPECT_EQ(evaluate({broken}, text, plan_of(text, 8)).status().code(),
            StatusCode::kInvalidData);
  SuccessorSource failing(8, 3);
  failing.fails = true;
  EXPECT_EQ(evaluate({failing}, text, plan_of(text, 8)).status().message(),
            "the model is gone");
}

}  // namespace
}  // namespace etllm::evaluation
