#include "evaluation/vocabulary_check.h"

#include <gtest/gtest.h>

#include "support/piece_tokenizer.h"

namespace etllm::evaluation {
namespace {

TEST(VocabularyCheck, AcceptsTheSameTokens) {
  const PieceTokenizer model({"<s>", "</s>", "a", "b"});
  const PieceTokenizer reference({"<s>", "</s>", "a", "b"});
  EXPECT_TRUE(check_same_vocabulary(model, reference).ok());
}

TEST(VocabularyCheck, NamesTheFirstTokenThatDiffers) {
  const PieceTokenizer model({"<s>", "</s>", "a", "b"});
  const PieceTokenizer reference({"<s>", "</s>", "a", "c"});
  const Status status = check_same_vocabulary(model, reference);
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_NE(status.message().find("token 3"), std::string::npos)
      << status.message();
}

TEST(VocabularyCheck, NamesTheSizesWhenTheyDiffer) {
  const PieceTokenizer model({"<s>", "</s>", "a", "b"});
  const PieceTokenizer reference({"<s>", "</s>", "a"});
  const Status status = check_same_vocabulary(model, reference);
  EXPECT_NE(status.message().find("4"), std::string::npos);
  EXPECT_NE(status.message().find("3"), std::string::npos);
}

}  // namespace
}  // namespace etllm::evaluation
