#include "engine/generation_loop.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "support/piece_tokenizer.h"

namespace etllm::engine {
namespace {

using Tokens = std::vector<std::uint64_t>;

/// Gives the tokens of a script, then an error.
class ScriptedSource final : public TokenSource {
 public:
  explicit ScriptedSource(Tokens script) : script_(std::move(script)) {}

  Result<std::uint64_t> next() override {
    if (given_ == script_.size()) return io_error("the script has ended");
    before_token(given_);
    return script_[given_++];
  }

  std::size_t given() const { return given_; }
  std::function<void(std::size_t)> before_token = [](std::size_t) {};

 private:
  Tokens script_;
  std::size_t given_ = 0;
};

class GenerationLoop : public testing::Test {
 protected:
  GenerationLoop() { request_.max_new_tokens = 10; }

  Status run(ScriptedSource& source) {
    request_.on_text = [this](const std::string& text) {
      texts_.push_back(text);
    };
    AnswerText text(tokenizer_, 0, request_.stop, request_.on_text);
    outcome_ = {};
    return run_generation(request_, eos_ids_, stop_requested_, source, text,
                          outcome_);
  }
  Status run(Tokens script) {
    ScriptedSource source(std::move(script));
    return run(source);
  }

  std::string text() const {
    std::string all;
    for (const std::string& piece : texts_) all += piece;
    return all;
  }

  PieceTokenizer tokenizer_{
      {"<s>", "</s>", "a", "b", "\xC3", "\xA9", "<end>", ""}};
  std::unordered_set<std::uint64_t> eos_ids_ = {1, 6};
  std::atomic<bool> stop_requested_{false};
  GenerationRequest request_;
  GenerationOutcome outcome_;
  std::vector<std::string> texts_;
};

TEST_F(GenerationLoop, EndsAfterTheRequestedNumberOfTokens) {
  request_.max_new_tokens = 3;
  ScriptedSource source({2, 3, 2, 3});
  ASSERT_TRUE(run(source).ok());
  EXPECT_EQ(outcome_.tokens, (Tokens{2, 3, 2}));
  EXPECT_EQ(outcome_.end, EndReason::kLength);
  EXPECT_EQ(texts_, (std::vector<std::string>{"a", "b", "a"}));
  EXPECT_EQ(source.given(), 3U);
}

TEST_F(GenerationLoop, AsksForNoTokenWhenNoneIsWanted) {
  request_.max_new_tokens = 0;
  ASSERT_TRUE(run({}).ok());
  EXPECT_EQ(outcome_.end, EndReason::kLength);
  EXPECT_TRUE(texts_.empty());
}

TEST_F(GenerationLoop, EndsAtAnyEosAndDoesNotDeliverItsText) {
  ASSERT_TRUE(run({2, 6, 3}).ok());
  EXPECT_EQ(outcome_.tokens, (Tokens{2, 6}));
  EXPECT_EQ(outcome_.end, EndReason::kEos);
  EXPECT_EQ(text(), "a");
}

TEST_F(GenerationLoop, EndsWhenTheFirstTokenIsAnEos) {
  ASSERT_TRUE(run({1}).ok());
  EXPECT_EQ(outcome_.tokens, Tokens{1});
  EXPECT_EQ(outcome_.end, EndReason::kEos);
  EXPECT_TRUE(texts_.empty());
}

TEST_F(GenerationLoop, CountsEosTokensUpToTheRequestedNumber) {
  request_.num_eos = 2;
  ASSERT_TRUE(run({2, 1, 3, 1, 2}).ok());
  EXPECT_EQ(outcome_.tokens, (Tokens{2, 1, 3, 1}));
  EXPECT_EQ(text(), "ab");
}

TEST_F(GenerationLoop, TakesZeroEosTokensAsOne) {
  request_.num_eos = 0;
  ASSERT_TRUE(run({2, 1, 3}).ok());
  EXPECT_EQ(outcome_.tokens, (Tokens{2, 1}));
}

TEST_F(GenerationLoop, TreatsEosAsAnyTokenWhenItIsIgnored) {
  request_.ignore_eos = true;
  request_.max_new_tokens = 3;
  ASSERT_TRUE(run({2, 1, 3}).ok());
  EXPECT_EQ(outcome_.end, EndReason::kLength);
  EXPECT_EQ(text(), "a</s>b");
}

TEST_F(GenerationLoop, EndsAtAStopStringThatSpansTokens) {
  request_.stop = {"ab"};
  ASSERT_TRUE(run({3, 2, 3, 2}).ok());
  EXPECT_EQ(outcome_.tokens, (Tokens{3, 2, 3}));
  EXPECT_EQ(outcome_.end, EndReason::kStopString);
  EXPECT_EQ(text(), "b");
}

TEST_F(GenerationLoop, DeliversAHeldBackStopStringThatWasNotCompleted) {
  request_.stop = {"abb"};
  ASSERT_TRUE(run({2, 3, 1}).ok());
  EXPECT_EQ(outcome_.end, EndReason::kEos);
  EXPECT_EQ(text(), "ab");
}

TEST_F(GenerationLoop, DeliversWholeCharactersAndNoEmptyTexts) {
  ASSERT_TRUE(run({4, 7, 5, 1}).ok());
  EXPECT_EQ(texts_, std::vector<std::string>{"\xC3\xA9"});
}

TEST_F(GenerationLoop, ReplacesAnUnfinishedCharacterAtTheEnd) {
  request_.max_new_tokens = 2;
  ASSERT_TRUE(run({2, 4}).ok());
  EXPECT_EQ(text(), "a\xEF\xBF\xBD");
}

TEST_F(GenerationLoop, ObeysAStopRequestBeforeTheFirstToken) {
  stop_requested_ = true;
  ScriptedSource source({2});
  ASSERT_TRUE(run(source).ok());
  EXPECT_EQ(outcome_.end, EndReason::kStopped);
  EXPECT_EQ(source.given(), 0U);
}

TEST_F(GenerationLoop, ObeysAStopRequestWithinOneToken) {
  ScriptedSource source({2, 2, 3, 3});
  source.before_token = [this](std::size_t index) {
    if (index == 1) stop_requested_ = true;
  };
  ASSERT_TRUE(run(source).ok());
  EXPECT_EQ(outcome_.end, EndReason::kStopped);
  EXPECT_EQ(outcome_.tokens, (Tokens{2, 2}));
}

TEST_F(GenerationLoop, KeepsWhatCameBeforeAFailureOfTheSource) {
  const Status status = run({2, 4});
  EXPECT_EQ(status.message(), "the script has ended");
  EXPECT_EQ(outcome_.tokens, (Tokens{2, 4}));
  EXPECT_EQ(outcome_.end, EndReason::kFailed);
  EXPECT_EQ(text(), "a\xEF\xBF\xBD");
}

TEST_F(GenerationLoop, NamesATokenThatTheTokenizerDoesNotKnow) {
  const Status status = run({2, 99});
  EXPECT_EQ(status.code(), StatusCode::kInvalidData);
  EXPECT_NE(status.message().find("99"), std::string::npos);
}

}  // namespace
}  // namespace etllm::engine
