// What a TextLLMRunner does with a prompt, on a scripted decoder.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <unordered_set>
#include <vector>

#include "runner/scripted_runner.h"

namespace etllm {
namespace {

using Call = ScriptedDecoder::Call;
using Strings = std::vector<std::string>;

using TextLLMRunnerTest = ScriptedRunnerTest;

TEST_F(TextLLMRunnerTest, AnswersAPrompt) {
  EXPECT_EQ(answer("ab"), "abc");
  EXPECT_EQ(runner_->prompt_tokens(), (Tokens{kA, kB}));
  EXPECT_EQ(runner_->generated_tokens(), (Tokens{kA, kB, kC, kEos}));
  EXPECT_EQ(runner_->finish_reason(), FinishReason::Eos);
  EXPECT_EQ(runner_->error_message(), "");
}

TEST_F(TextLLMRunnerTest, ReadsEachTokenOnceAtItsPosition) {
  answer("ab");
  EXPECT_EQ(
      decoder_->calls,
      (std::vector<Call>{{0, {kA, kB}}, {2, {kA}}, {3, {kB}}, {4, {kC}}}));
  EXPECT_EQ(runner_->position(), 5);
}

TEST_F(TextLLMRunnerTest, EchoesThePromptInFrontOfTheAnswer) {
  config_.echo = true;
  answer("ab");
  EXPECT_EQ(texts_, (Strings{"ab", "a", "b", "c"}));
}

TEST_F(TextLLMRunnerTest, NeverDeliversTheTextOfAnEos) {
  decoder_->answer_after(2, {kA, kOtherEos}, kB);
  EXPECT_EQ(answer("ab"), "a");
  EXPECT_EQ(runner_->finish_reason(), FinishReason::Eos);
}

TEST_F(TextLLMRunnerTest, EndsWhenTheFirstTokenIsAnEos) {
  decoder_->answer_after(2, {}, kEos);
  EXPECT_EQ(answer("ab"), "");
  EXPECT_EQ(runner_->generated_tokens(), Tokens{kEos});
  EXPECT_EQ(decoder_->calls.size(), 1U);
}

TEST_F(TextLLMRunnerTest, GoesOnUntilTheRequestedNumberOfEosTokens) {
  decoder_->answer_after(2, {kA, kEos, kB}, kEos);
  config_.num_eos = 2;
  EXPECT_EQ(answer("ab"), "ab");
  EXPECT_EQ(runner_->generated_tokens(), (Tokens{kA, kEos, kB, kEos}));
}

TEST_F(TextLLMRunnerTest, GoesOnPastEosTokensThatAreIgnored) {
  config_.ignore_eos = true;
  config_.max_new_tokens = 5;
  EXPECT_EQ(answer("ab"), "abc</s></s>");
  EXPECT_EQ(runner_->finish_reason(), FinishReason::Length);
}

TEST_F(TextLLMRunnerTest, ForgetsThatEosTokensWereIgnored) {
  config_.ignore_eos = true;
  config_.max_new_tokens = 5;
  answer("ab");
  runner_->reset();
  config_.ignore_eos = false;
  EXPECT_EQ(answer("ab"), "abc");
}

TEST_F(TextLLMRunnerTest, EndsAtAStopStringAcrossTokens) {
  config_.stop = {"bc"};
  EXPECT_EQ(answer("ab"), "a");
  EXPECT_EQ(runner_->finish_reason(), FinishReason::StopString);
  EXPECT_EQ(runner_->generated_tokens(), (Tokens{kA, kB, kC}));
}

TEST_F(TextLLMRunnerTest, DeliversWholeCharactersOnly) {
  decoder_->answer_after(2, {kFirstHalf, kNothing, kSecondHalf, kA}, kEos);
  answer("ab");
  EXPECT_EQ(texts_, (Strings{"\xC3\xA9", "a"}));
}

TEST_F(TextLLMRunnerTest, GeneratesAtMostTheRequestedNumberOfTokens) {
  config_.max_new_tokens = 2;
  EXPECT_EQ(answer("ab"), "ab");
  EXPECT_EQ(runner_->finish_reason(), FinishReason::Length);
  EXPECT_EQ(decoder_->calls.size(), 2U) << "the last token need not be read";
}

TEST_F(TextLLMRunnerTest, ReadsThePromptOnlyWhenNoTokenIsWanted) {
  config_.max_new_tokens = 0;
  EXPECT_EQ(answer("ab"), "");
  EXPECT_EQ(runner_->position(), 2);
  config_.max_new_tokens = -1;
  EXPECT_EQ(answer(""), "abc");
}

TEST_F(TextLLMRunnerTest, EndsWhenTheConversationHasTheRequestedLength) {
  config_.seq_len = 4;
  EXPECT_EQ(answer("ab"), "ab");
  EXPECT_EQ(runner_->finish_reason(), FinishReason::Length);
}

TEST_F(TextLLMRunnerTest, EndsWhenTheContextIsFull) {
  decoder_->answer_after(0, {}, kC);
  config_.seq_len = -1;
  EXPECT_EQ(answer("ab").size(), 30U);
  EXPECT_EQ(runner_->finish_reason(), FinishReason::Length);
  EXPECT_EQ(decoder_->read.size(), 31U);
  EXPECT_EQ(generate(""), Error::InvalidArgument);
  expect_sentence("fills the model's context");
  EXPECT_EQ(generate("a"), Error::InvalidArgument);
  expect_sentence("room for 0");
}

TEST_F(TextLLMRunnerTest, RefusesAPromptThatLeavesNoRoomForAnAnswer) {
  EXPECT_EQ(generate(std::string(32, 'a')), Error::InvalidArgument);
  expect_sentence("the prompt has 32 tokens");
  config_.seq_len = 3;
  EXPECT_EQ(generate("aaa"), Error::InvalidArgument);
  expect_sentence("seq_len");
  EXPECT_TRUE(decoder_->calls.empty());
  EXPECT_EQ(runner_->position(), 0);
}

TEST_F(TextLLMRunnerTest, ChecksThePositionOfAModelWithShortChunks) {
  make_runner({.metadata = {{"get_max_seq_len", 4},
                            {"get_max_context_len", 8},
                            {"use_kv_cache", 1}}});
  decoder_->answer_after(0, {}, kC);
  EXPECT_EQ(answer("aaaaaa"), "cc");
  EXPECT_EQ(decoder_->calls[0].tokens.size(), 4U);
  EXPECT_EQ(decoder_->calls[1].tokens.size(), 2U);
}

TEST_F(TextLLMRunnerTest, RefusesValuesThatMakeNoSenseByName) {
  const auto expect_refused = [&](auto change, const char* name) {
    const GenerationConfig before = config_;
    change(config_);
    EXPECT_EQ(generate("ab"), Error::InvalidArgument) << name;
    expect_sentence(name);
    config_ = before;
  };
  expect_refused([](auto& c) { c.max_new_tokens = -5; }, "-5");
  expect_refused([](auto& c) { c.seq_len = -2; }, "seq_len");
  expect_refused([](auto& c) { c.temperature = -1; }, "temperature");
  expect_refused([](auto& c) { c.top_p = 2; }, "top_p");
  EXPECT_TRUE(decoder_->calls.empty());
  EXPECT_EQ(answer("ab"), "abc") << "a refused call changes nothing";
}

TEST_F(TextLLMRunnerTest, DoesNotIgnoreAGrammar) {
  config_.grammar = "root ::= \"a\"";
  EXPECT_EQ(generate("ab"), Error::NotSupported);
  expect_sentence("grammar");
}

TEST_F(TextLLMRunnerTest, TakesTemperaturesAboveOne) {
  config_.temperature = 1.2F;
  config_.seed = 0;
  config_.max_new_tokens = 3;
  EXPECT_EQ(generate("ab"), Error::Ok);
}

TEST_F(TextLLMRunnerTest, SelectsTheFirstTokenAtTheGivenTemperatureToo) {
  // Hot enough to make all nine tokens about equally likely.
  config_.temperature = 1e6F;
  config_.max_new_tokens = 1;
  config_.ignore_eos = true;
  std::unordered_set<std::uint64_t> seen;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    runner_->reset();
    config_.seed = seed;
    ASSERT_EQ(generate("ab"), Error::Ok);
    seen.insert(runner_->generated_tokens().at(0));
  }
  EXPECT_EQ(seen.size(), kPieces.size());
}

TEST_F(TextLLMRunnerTest, GivesTheSameTokensForTheSameSeed) {
  config_.temperature = 5;
  config_.seed = 0;
  config_.ignore_eos = true;
  config_.max_new_tokens = 20;
  answer("ab");
  const Tokens first = runner_->generated_tokens();
  runner_->reset();
  answer("ab");
  EXPECT_EQ(runner_->generated_tokens(), first);
  runner_->reset();
  config_.seed = 1;
  answer("ab");
  EXPECT_NE(runner_->generated_tokens(), first);
}

TEST_F(TextLLMRunnerTest, LetsTheRunnersTemperatureOverrideTheConfigured) {
  make_runner({.temperature = 0.0F});
  config_.temperature = 1e6F;
  config_.seed = 3;
  EXPECT_EQ(answer("ab"), "abc");
}

TEST_F(TextLLMRunnerTest, PenalizesTokensOfThePromptAndOfTheAnswer) {
  decoder_->answer_after(0, {}, kC);
  config_.repetition_penalty = 20;
  config_.max_new_tokens = 2;
  // The favourite's logit, 10, becomes 0.5 as soon as the token was there:
  // still above all others, which are 0.
  EXPECT_EQ(answer("ab"), "cc");
  runner_->reset();
  config_.repetition_penalty = 1;
  config_.presence_penalty = 11;
  config_.ignore_eos = true;
  EXPECT_EQ(answer("ab"), "c<s>") << "the lowest id of those with logit 0";
  runner_->reset();
  EXPECT_EQ(answer("cb"), "c<s>") << "presence counts in the answer only";
}

TEST_F(TextLLMRunnerTest, PutsABosInFrontOfAConversationOnce) {
  config_.num_bos = 1;
  decoder_->answer_after(3, {kA}, kEos);
  EXPECT_EQ(answer("ab"), "a");
  EXPECT_EQ(runner_->prompt_tokens(), (Tokens{kBos, kA, kB}));
  answer("ab");
  EXPECT_EQ(runner_->prompt_tokens(), (Tokens{kA, kB})) << "a second turn";
}

TEST_F(TextLLMRunnerTest, DoesNotDoubleABosOfTheText) {
  config_.num_bos = 1;
  answer("<s>ab");
  EXPECT_EQ(runner_->prompt_tokens(), (Tokens{kBos, kA, kB}));
}

TEST_F(TextLLMRunnerTest, ReportsAPromptThatTheTokenizerCannotEncode) {
  EXPECT_EQ(generate("xyz"), Error::InvalidArgument);
  expect_sentence("cannot encode");
  EXPECT_EQ(answer("ab"), "abc");
}

TEST_F(TextLLMRunnerTest, RefusesTokensThatTheModelDoesNotHave) {
  EXPECT_EQ(runner_->prefill_tokens({kA, 9}).error(), Error::InvalidArgument);
  expect_sentence("token 9");
}

TEST_F(TextLLMRunnerTest, HasNothingToSayToNothing) {
  EXPECT_EQ(generate(""), Error::InvalidState);
  expect_sentence("the prompt is empty");
  EXPECT_EQ(runner_->prefill("").error(), Error::InvalidArgument);
}

TEST_F(TextLLMRunnerTest, ReadsTokenByTokenWhenTheModelTakesOneAtATime) {
  make_runner({.is_parallel = false});
  EXPECT_EQ(answer("ab"), "abc");
  EXPECT_EQ(decoder_->calls.at(0), (Call{0, {kA}}));
  EXPECT_EQ(decoder_->calls.at(1), (Call{1, {kB}}));
}

TEST_F(TextLLMRunnerTest, ReadsEverythingAgainWithoutAKvCache) {
  make_runner({.metadata = {{"get_max_seq_len", 32}, {"use_kv_cache", 0}}});
  EXPECT_EQ(answer("ab"), "abc");
  EXPECT_EQ(decoder_->calls, (std::vector<Call>{{0, {kA, kB}},
                                                {0, {kA, kB, kA}},
                                                {0, {kA, kB, kA, kB}},
                                                {0, {kA, kB, kA, kB, kC}}}));
  decoder_->answer_after(8, {kB}, kEos);
  EXPECT_EQ(answer("cc"), "b");
  EXPECT_EQ(decoder_->read, (Tokens{kA, kB, kA, kB, kC, kEos, kC, kC, kB}));
}

TEST_F(TextLLMRunnerTest, TakesTimesInTheOrderOfEvents) {
  answer("ab");
  const Stats& stats = reports_.at(0);
  const std::vector<long> times = {
      stats.model_load_start_ms,      stats.model_load_end_ms,
      stats.inference_start_ms,       stats.token_encode_end_ms,
      stats.model_execution_start_ms, stats.prompt_eval_end_ms,
      stats.first_token_ms,           stats.model_execution_end_ms,
      stats.inference_end_ms};
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
  EXPECT_GT(times.front(), 0);
}

TEST_F(TextLLMRunnerTest, LoadsOnceAndByItself) {
  EXPECT_FALSE(runner_->is_loaded());
  answer("ab");
  EXPECT_TRUE(runner_->is_loaded());
  const int loads = decoder_->loads;
  EXPECT_EQ(runner_->load(), Error::Ok);
  EXPECT_EQ(decoder_->loads, loads);
}

TEST_F(TextLLMRunnerTest, SaysThatThereIsNoTokenizer) {
  make_runner({.tokenizer = nullptr});
  EXPECT_EQ(runner_->load(), Error::InvalidArgument);
  expect_sentence("there is no tokenizer");
  EXPECT_FALSE(runner_->is_loaded());
}

TEST_F(TextLLMRunnerTest, PassesTheErrorOfLoadingOn) {
  decoder_->load_error = Error::MemoryAllocationFailed;
  EXPECT_EQ(generate("ab"), Error::MemoryAllocationFailed);
  expect_sentence("not enough memory");
  EXPECT_FALSE(runner_->is_loaded());
}

TEST_F(TextLLMRunnerTest, ReportsMetadataThatContradictEachOther) {
  make_runner({.metadata = {{"get_max_seq_len", -4}, {"use_kv_cache", 1}}});
  EXPECT_EQ(generate("ab"), Error::InvalidProgram);
  expect_sentence("get_max_seq_len");
  EXPECT_EQ(runner_->prefill("ab").error(), Error::InvalidProgram);
  EXPECT_EQ(runner_->max_context_len(), 0);
}

}  // namespace
}  // namespace etllm
