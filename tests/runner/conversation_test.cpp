// How a conversation grows from call to call, on a scripted decoder.

#include <gtest/gtest.h>

#include <vector>

#include "runner/scripted_runner.h"

namespace etllm {
namespace {

using Call = ScriptedDecoder::Call;
using executorch::extension::llm::make_text_input;
using executorch::extension::llm::make_token_input;

using ConversationTest = ScriptedRunnerTest;

TEST_F(ConversationTest, LetsASecondTurnFollowTheLastTokenOfTheFirst) {
  answer("ab");
  decoder_->answer_after(8, {kB}, kEos);
  decoder_->calls.clear();
  EXPECT_EQ(answer("cc"), "b");
  EXPECT_EQ(decoder_->calls.at(0), (Call{5, {kEos, kC, kC}}))
      << "the EOS of the first answer is read first";
  EXPECT_EQ(decoder_->read, (Tokens{kA, kB, kA, kB, kC, kEos, kC, kC, kB}));
}

TEST_F(ConversationTest, GoesOnFromAPrefill) {
  const auto next = runner_->prefill("ab");
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(*next, kA);
  EXPECT_EQ(answer(""), "abc");
  EXPECT_EQ(decoder_->calls.size(), 4U) << "nothing is read twice";
}

TEST_F(ConversationTest, GoesOnWithAnAnswerThatWasCutShort) {
  config_.max_new_tokens = 1;
  EXPECT_EQ(answer("ab"), "a");
  EXPECT_EQ(answer(""), "b");
  EXPECT_EQ(answer(""), "c");
}

TEST_F(ConversationTest, PrefillsTextAndTokenInputsInOrder) {
  const auto next = runner_->prefill(
      {make_text_input("a"), make_token_input({kC, kC}), make_text_input("b")},
      /*num_bos=*/1);
  ASSERT_TRUE(next.ok()) << runner_->error_message();
  EXPECT_EQ(runner_->prompt_tokens(), (Tokens{kBos, kA, kC, kC, kB}));
  EXPECT_EQ(decoder_->read, runner_->prompt_tokens());
}

TEST_F(ConversationTest, EndsEachPrefilledTextWithTheRequestedEos) {
  ASSERT_TRUE(runner_->prefill("ab", /*num_bos=*/0, /*num_eos=*/2).ok());
  EXPECT_EQ(decoder_->read, (Tokens{kA, kB, kEos, kEos}));
}

TEST_F(ConversationTest, BeginsAnewAfterReset) {
  answer("ab");
  runner_->reset();
  EXPECT_EQ(runner_->position(), 0);
  EXPECT_EQ(answer("ab"), "abc");
  EXPECT_EQ(generate("ab"), Error::Ok);
  EXPECT_EQ(runner_->prompt_tokens(), (Tokens{kA, kB}));
}

TEST_F(ConversationTest, RefusesToGoOnAfterTheModelFailedUntilReset) {
  decoder_->fails_at_call = 3;
  EXPECT_EQ(generate("ab"), Error::Internal);
  expect_sentence("reset()");
  EXPECT_EQ(runner_->finish_reason(), FinishReason::Failed);
  EXPECT_EQ(text(), "ab") << "what came before the failure was delivered";
  EXPECT_EQ(runner_->generated_tokens(), (Tokens{kA, kB}));
  EXPECT_EQ(generate("ab"), Error::InvalidState);
  EXPECT_EQ(runner_->prefill("ab").error(), Error::InvalidState);
  EXPECT_EQ(runner_->seek(0), Error::InvalidState);
  decoder_->fails_at_call = 0;
  runner_->reset();
  EXPECT_EQ(answer("ab"), "abc");
}

TEST_F(ConversationTest, IsPoisonedByAFailedPrefillToo) {
  decoder_->fails_at_call = 1;
  EXPECT_EQ(runner_->prefill("ab").error(), Error::Internal);
  EXPECT_EQ(generate(""), Error::InvalidState);
}

TEST_F(ConversationTest, LeavesTheConversationAloneWhenWarming) {
  ASSERT_TRUE(runner_->prefill("ab").ok());
  ASSERT_EQ(runner_->warmup("cc", 2), Error::Ok);
  EXPECT_EQ(runner_->position(), 2);
  EXPECT_EQ(runner_->stats().num_generated_tokens, 0);
  EXPECT_EQ(runner_->finish_reason(), FinishReason::None);
  EXPECT_EQ(answer(""), "abc");
  EXPECT_EQ(reports_.at(0).num_prompt_tokens, 2);
}

TEST_F(ConversationTest, CallsNobodyWhenWarming) {
  config_.warming = true;
  config_.echo = true;
  ASSERT_EQ(generate("ab"), Error::Ok);
  EXPECT_TRUE(texts_.empty());
  EXPECT_TRUE(reports_.empty());
}

TEST_F(ConversationTest, SeeksBackInTheConversation) {
  answer("ab");
  ASSERT_EQ(runner_->seek(1), Error::Ok);
  EXPECT_EQ(runner_->position(), 1);
  EXPECT_EQ(answer("b"), "abc");
  EXPECT_EQ(decoder_->read, (Tokens{kA, kB, kA, kB, kC}));
  EXPECT_EQ(runner_->seek(6), Error::InvalidArgument);
  EXPECT_EQ(runner_->seek(-1), Error::InvalidArgument);
}

TEST_F(ConversationTest, AnswersAnewAfterASeek) {
  answer("ab");
  ASSERT_EQ(runner_->seek(2), Error::Ok);
  EXPECT_EQ(answer(""), "abc");
  ASSERT_EQ(runner_->seek(0), Error::Ok);
  EXPECT_EQ(generate(""), Error::InvalidState);
  EXPECT_EQ(answer("ab"), "abc");
}

/// A conversation of "ab" + "abc" on rings of four positions, whose calls have
/// two tokens at most.
class RingConversationTest : public ConversationTest {
 protected:
  RingConversationTest() {
    ScriptedParts parts;
    parts.metadata = {{"get_max_seq_len", 2},
                      {"get_max_context_len", 32},
                      {"get_ring_len", 4},
                      {"use_kv_cache", 1}};
    make_runner(std::move(parts));
    EXPECT_EQ(answer("ab"), "abc");
    decoder_->calls.clear();
  }
  using Call = ScriptedDecoder::Call;
};

TEST_F(RingConversationTest, GoesBackAsFarAsTheRingHolds) {
  ASSERT_EQ(runner_->seek(4), Error::Ok);
  ASSERT_TRUE(runner_->prefill_tokens({kB}).ok());
  EXPECT_EQ(decoder_->calls, (std::vector<Call>{{4, {kB}}}));
}

TEST_F(RingConversationTest, ReadsAgainWhatTheRingHasForgotten) {
  ASSERT_EQ(runner_->seek(2), Error::Ok);
  ASSERT_TRUE(runner_->prefill_tokens({kB}).ok());
  EXPECT_EQ(decoder_->calls, (std::vector<Call>{{0, {kA, kB}}, {2, {kB}}}));
  EXPECT_EQ(runner_->position(), 3);
}

TEST_F(RingConversationTest, AnswersAnewAfterASeek) {
  ASSERT_EQ(runner_->seek(2), Error::Ok);
  config_.max_new_tokens = 2;
  EXPECT_EQ(answer(""), "ab");
  EXPECT_EQ(decoder_->calls, (std::vector<Call>{{0, {kA, kB}}, {2, {kA}}}));
}

TEST_F(RingConversationTest, ReadsAllAgainForTheLogitsOfAForgottenToken) {
  // The ring holds what comes before position 3, but not before 2.
  ASSERT_EQ(runner_->seek(3), Error::Ok);
  config_.max_new_tokens = 1;
  EXPECT_EQ(answer(""), "b");
  EXPECT_EQ(decoder_->calls, (std::vector<Call>{{0, {kA, kB}}, {2, {kA}}}));
}

TEST_F(RingConversationTest, GoesOnAfterWarmingUp) {
  ASSERT_EQ(runner_->warmup("abcabc", 2), Error::Ok);
  decoder_->calls.clear();
  EXPECT_EQ(generate("a"), Error::Ok);
  EXPECT_EQ(decoder_->calls.front(), (Call{0, {kA, kB}}));
}

TEST_F(ConversationTest, CountsPromptAndAnswerOfEachTurnExactly) {
  answer("ab");
  runner_->reset();
  config_.max_new_tokens = 2;
  answer("ab");
  ASSERT_EQ(reports_.size(), 2U);
  EXPECT_EQ(reports_[0].num_prompt_tokens, 2);
  EXPECT_EQ(reports_[0].num_generated_tokens, 4) << "the EOS included";
  EXPECT_EQ(reports_[1].num_prompt_tokens, 2);
  EXPECT_EQ(reports_[1].num_generated_tokens, 2);
}

TEST_F(ConversationTest, CountsThePrefillsBeforeAnEmptyPrompt) {
  ASSERT_TRUE(runner_->prefill("a").ok());
  ASSERT_TRUE(runner_->prefill("b").ok());
  answer("");
  EXPECT_EQ(reports_.at(0).num_prompt_tokens, 2);
  config_.ignore_eos = true;
  config_.max_new_tokens = 1;
  answer("");
  EXPECT_EQ(reports_.at(1).num_prompt_tokens, 0) << "nothing new was read";
}

}  // namespace
}  // namespace etllm
