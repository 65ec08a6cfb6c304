// stop(), from the same thread and from others, at every moment of a call.

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "runner/scripted_runner.h"

namespace etllm {
namespace {

class StopTest : public ScriptedRunnerTest {
 protected:
  /// Calls stop() from another thread while step `call` runs.
  void stop_during_call(std::size_t call) {
    decoder_->before_result = [this, call](std::size_t index) {
      if (index == call) std::thread([this] { runner_->stop(); }).join();
    };
  }
};

TEST_F(StopTest, BeforeACallEndsItBeforeItDoesAnyWork) {
  config_.echo = true;
  runner_->stop();
  EXPECT_EQ(answer("ab"), "");
  EXPECT_EQ(runner_->finish_reason(), FinishReason::Stopped);
  EXPECT_TRUE(decoder_->calls.empty());
  EXPECT_EQ(runner_->position(), 0);
}

TEST_F(StopTest, IsUsedUpByTheCallItEnds) {
  runner_->stop();
  answer("ab");
  EXPECT_EQ(answer("ab"), "abc");
  EXPECT_EQ(runner_->finish_reason(), FinishReason::Eos);
}

TEST_F(StopTest, IsWithdrawnByReset) {
  runner_->stop();
  runner_->reset();
  EXPECT_EQ(answer("ab"), "abc");
}

TEST_F(StopTest, BeforeAPrefillEndsIt) {
  runner_->stop();
  EXPECT_EQ(runner_->prefill("ab").error(), Error::EndOfMethod);
  expect_sentence("stop()");
  EXPECT_TRUE(decoder_->calls.empty());
  EXPECT_TRUE(runner_->prefill("ab").ok());
}

TEST_F(StopTest, WhileThePromptIsReadEndsAfterThatChunk) {
  make_runner({.metadata = {{"get_max_seq_len", 2},
                            {"get_max_context_len", 32},
                            {"use_kv_cache", 1}}});
  stop_during_call(2);
  EXPECT_EQ(answer("ababab"), "");
  EXPECT_EQ(runner_->finish_reason(), FinishReason::Stopped);
  EXPECT_EQ(decoder_->calls.size(), 2U);
  EXPECT_EQ(runner_->position(), 0) << "the conversation is as it was before";
  decoder_->before_result = nullptr;
  EXPECT_EQ(answer("ab"), "abc");
}

TEST_F(StopTest, WhileTokensAreReadOneByOneEndsAfterThatToken) {
  make_runner({.is_parallel = false});
  stop_during_call(2);
  EXPECT_EQ(answer("ababab"), "");
  EXPECT_EQ(decoder_->calls.size(), 2U);
}

TEST_F(StopTest, WhileTheLastChunkIsReadLetsNoTokenBeDelivered) {
  stop_during_call(1);
  EXPECT_EQ(answer("ab"), "");
  EXPECT_EQ(runner_->finish_reason(), FinishReason::Stopped);
  EXPECT_EQ(runner_->position(), 0);
}

TEST_F(StopTest, WhileAPrefillRunsLeavesTheConversationAsItWas) {
  make_runner({.metadata = {{"get_max_seq_len", 2},
                            {"get_max_context_len", 32},
                            {"use_kv_cache", 1}}});
  ASSERT_TRUE(runner_->prefill("ab").ok());
  stop_during_call(2);
  EXPECT_EQ(runner_->prefill("cccccc").error(), Error::EndOfMethod);
  EXPECT_EQ(runner_->position(), 2);
  decoder_->before_result = nullptr;
  EXPECT_EQ(answer(""), "abc") << "the earlier prompt can still be answered";
}

TEST_F(StopTest, WhileAnAnswerIsGeneratedEndsItWithinOneToken) {
  stop_during_call(2);
  EXPECT_EQ(answer("ab"), "ab");
  EXPECT_EQ(runner_->finish_reason(), FinishReason::Stopped);
  EXPECT_EQ(decoder_->calls.size(), 2U);
  decoder_->before_result = nullptr;
  EXPECT_EQ(answer(""), "c") << "the answer goes on where it was stopped";
}

TEST_F(StopTest, MayComeFromTheTokenCallback) {
  ASSERT_EQ(runner_->generate("ab", config_,
                              [&](const std::string& text) {
                                texts_.push_back(text);
                                runner_->stop();
                              }),
            Error::Ok);
  EXPECT_EQ(text(), "a");
  EXPECT_EQ(runner_->finish_reason(), FinishReason::Stopped);
}

TEST_F(StopTest, OfTheTokenGeneratorStopsTheRunner) {
  decoder_->before_result = [this](std::size_t call) {
    if (call == 3) generator_->stop();
  };
  EXPECT_EQ(answer("ab"), "abc");
  EXPECT_EQ(runner_->finish_reason(), FinishReason::Stopped);
}

TEST_F(StopTest, FromAnotherThreadAtAnyMomentEndsAnEndlessAnswer) {
  make_runner(
      {.metadata = {{"get_max_seq_len", 1'000'000}, {"use_kv_cache", 1}}});
  decoder_->next = [](const Tokens&) { return kC; };
  config_.seq_len = -1;
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> tokens{0};
    std::thread stopper([&] {
      while (tokens.load() < 5 * round) std::this_thread::yield();
      runner_->stop();
    });
    ASSERT_EQ(
        runner_->generate("ab", config_, [&](const std::string&) { ++tokens; }),
        Error::Ok);
    stopper.join();
    EXPECT_EQ(runner_->finish_reason(), FinishReason::Stopped);
    runner_->reset();
  }
}

}  // namespace
}  // namespace etllm
