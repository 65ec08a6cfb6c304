#include "evaluation/window_plan.h"

#include <gtest/gtest.h>

namespace etllm::evaluation {
namespace {

TEST(WindowPlan, CutsWholeWindowsAndLeavesTheRestOut) {
  const auto plan = plan_windows(1'300, 512, std::nullopt);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  EXPECT_EQ(plan->window_tokens, 512U);
  EXPECT_EQ(plan->windows, 2U);
}

TEST(WindowPlan, ScoresTheSecondHalf) {
  const auto even = plan_windows(512, 512, std::nullopt);
  ASSERT_TRUE(even.ok());
  EXPECT_EQ(even->first_scored(), 256U);
  EXPECT_EQ(even->scored_per_window(), 255U);
  const auto odd = plan_windows(7, 7, std::nullopt);
  ASSERT_TRUE(odd.ok());
  EXPECT_EQ(odd->first_scored(), 3U);
  EXPECT_EQ(odd->scored_per_window(), 3U);
}

TEST(WindowPlan, HasAtMostTheWindowsThatAreAskedFor) {
  const auto fewer = plan_windows(1'000, 100, 3);
  ASSERT_TRUE(fewer.ok());
  EXPECT_EQ(fewer->windows, 3U);
  const auto more = plan_windows(1'000, 100, 30);
  ASSERT_TRUE(more.ok());
  EXPECT_EQ(more->windows, 10U);
}

TEST(WindowPlan, RefusesWhatLeavesNothingToScore) {
  const auto too_short = plan_windows(511, 512, std::nullopt);
  EXPECT_EQ(too_short.status().code(), StatusCode::kInvalidArgument);
  EXPECT_NE(too_short.status().message().find("511"), std::string::npos);
  EXPECT_FALSE(plan_windows(0, 512, std::nullopt).ok());
  EXPECT_FALSE(plan_windows(512, 2, std::nullopt).ok());
  EXPECT_FALSE(plan_windows(512, 0, std::nullopt).ok());
  EXPECT_FALSE(plan_windows(512, 512, 0).ok());
}

}  // namespace
}  // namespace etllm::evaluation
