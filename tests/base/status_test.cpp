#include "base/status.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

namespace etllm {
namespace {

TEST(Status, IsSuccessByDefault) {
  const Status status;
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(status.code(), StatusCode::kOk);
  EXPECT_EQ(status.message(), "");
}

TEST(Status, FailuresHaveTheirKindAndTheirSentence) {
  EXPECT_EQ(invalid_argument("").code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(not_found("").code(), StatusCode::kNotFound);
  EXPECT_EQ(invalid_data("").code(), StatusCode::kInvalidData);
  EXPECT_EQ(not_supported("").code(), StatusCode::kNotSupported);
  EXPECT_EQ(io_error("").code(), StatusCode::kIoError);
  const Status status = not_found("'a.gguf' does not exist");
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(status.message(), "'a.gguf' does not exist");
}

TEST(Result, HoldsAValue) {
  Result<std::string> result = std::string("text");
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result.status().ok());
  EXPECT_EQ(*result, "text");
  EXPECT_EQ(result->size(), 4u);
  *result += "!";
  EXPECT_EQ(*result, "text!");
}

TEST(Result, HoldsAFailure) {
  const Result<int> result = io_error("the disk is full");
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), StatusCode::kIoError);
  EXPECT_EQ(result.status().message(), "the disk is full");
}

TEST(Result, GivesAwayAValueThatCanOnlyBeMoved) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  ASSERT_TRUE(result.ok());
  const std::unique_ptr<int> value = *std::move(result);
  EXPECT_EQ(*value, 7);
}

}  // namespace
}  // namespace etllm
