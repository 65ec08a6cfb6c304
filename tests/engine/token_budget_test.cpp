#include "engine/token_budget.h"

#include <gtest/gtest.h>

namespace etllm::engine {
namespace {

TEST(TokenBudget, IsWhatTheContextLeavesWithoutLimits) {
  EXPECT_EQ(remaining_tokens({-1, -1}, 100, 30), 70);
}

TEST(TokenBudget, IsTheSmallestOfTheLimits) {
  EXPECT_EQ(remaining_tokens({5, 50}, 100, 30), 5);
  EXPECT_EQ(remaining_tokens({40, 50}, 100, 30), 20);
  EXPECT_EQ(remaining_tokens({90, 200}, 100, 30), 70);
}

TEST(TokenBudget, IsNeverNegative) {
  EXPECT_EQ(remaining_tokens({-1, -1}, 100, 130), 0);
  EXPECT_EQ(remaining_tokens({-1, 20}, 100, 30), 0);
  EXPECT_EQ(remaining_tokens({0, -1}, 100, 30), 0);
}

TEST(TokenBudget, RefusesLimitsBelowMinusOneByName) {
  EXPECT_TRUE(validate({-1, -1}).ok());
  EXPECT_TRUE(validate({0, 0}).ok());
  const Status tokens = validate({-5, -1});
  EXPECT_EQ(tokens.code(), StatusCode::kInvalidArgument);
  EXPECT_NE(tokens.message().find("-5"), std::string::npos);
  const Status seq_len = validate({-1, -2});
  EXPECT_EQ(seq_len.code(), StatusCode::kInvalidArgument);
  EXPECT_NE(seq_len.message().find("seq_len"), std::string::npos);
}

TEST(TokenBudget, LetsAPromptFillTheContextOnlyWhenNoAnswerIsWanted) {
  EXPECT_TRUE(check_prompt_fits(100, 0, 100, false).ok());
  EXPECT_FALSE(check_prompt_fits(100, 0, 100, true).ok());
  EXPECT_TRUE(check_prompt_fits(99, 0, 100, true).ok());
  EXPECT_FALSE(check_prompt_fits(40, 61, 100, false).ok());
}

TEST(TokenBudget, SaysHowLongThePromptIsAndWhatIsLeft) {
  const std::string fresh = check_prompt_fits(120, 0, 100, true).message();
  EXPECT_NE(fresh.find("120 tokens"), std::string::npos) << fresh;
  EXPECT_NE(fresh.find("room for 99"), std::string::npos) << fresh;
  const std::string later = check_prompt_fits(50, 60, 100, true).message();
  EXPECT_NE(later.find("60 of 100"), std::string::npos) << later;
}

TEST(TokenBudget, SaysThatAFullConversationCannotGoOn) {
  const Status full = check_prompt_fits(0, 100, 100, true);
  EXPECT_EQ(full.code(), StatusCode::kInvalidArgument);
  EXPECT_NE(full.message().find("the conversation fills"), std::string::npos)
      << full.message();
}

}  // namespace
}  // namespace etllm::engine
