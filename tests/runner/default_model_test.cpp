// The runner on the default model.

#include <executorch/extension/llm/runner/llm_runner_helper.h>
#include <executorch/extension/llm/runner/text_llm_runner.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "importer/import.h"
#include "kernels/dispatch/select.h"
#include "support/temporary_directory.h"

namespace executorch::extension::llm {
namespace {

using ::executorch::runtime::Error;
using Tokens = std::vector<uint64_t>;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kSteps = 3;
#else
constexpr int kSteps = 24;
#endif

// Tokens of one call; the small one cuts the prompt twice.
constexpr uint32_t kChunk = 64;
constexpr uint32_t kSmallChunk = 2;

const std::string kPrompt = "The three primary colours are";

class DefaultModelTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (std::string(ETLLM_DEFAULT_MODEL).empty()) return;
    directory() = std::make_unique<::etllm::TemporaryDirectory>();
    ASSERT_TRUE(::etllm::kernels::select_kernels("float").ok());
    for (const uint32_t chunk : {kChunk, kSmallChunk}) import_model(chunk);
  }
  static void import_model(uint32_t chunk) {
    ::etllm::importer::ImportOptions options;
    options.context_tokens = 512;
    options.prefill_chunk_tokens = chunk;
    // Without rounding, the answer does not depend on how a prompt is cut; the
    // goldens bound what rounding adds.
    options.kv_type = ::etllm::importer::KvType::kF32;
    const auto report = ::etllm::importer::import_model(
        ETLLM_DEFAULT_MODEL, model_path(chunk), options);
    ASSERT_TRUE(report.ok()) << report.status().message();
  }
  static void TearDownTestSuite() { directory().reset(); }

  void SetUp() override {
    if (directory() == nullptr) GTEST_SKIP() << "no default model";
    config_.temperature = 0.0f;
    config_.echo = false;
    config_.ignore_eos = true;
    config_.max_new_tokens = kSteps;
    runner_ = open();
    ASSERT_NE(runner_, nullptr);
  }

  static std::unique_ptr<TextLLMRunner> open(uint32_t chunk = kChunk) {
    TextLLMRunnerOptions options;
    options.model_path = model_path(chunk);
    return open_text_llm_runner(options);
  }
  static std::string model_path(uint32_t chunk) {
    return directory()->path() / (std::to_string(chunk) + ".pte");
  }
  static std::unique_ptr<::etllm::TemporaryDirectory>& directory() {
    static std::unique_ptr<::etllm::TemporaryDirectory> value;
    return value;
  }

  Tokens answer(const std::string& prompt) {
    EXPECT_EQ(runner_->generate(prompt, config_), Error::Ok)
        << runner_->error_message();
    return runner_->generated_tokens();
  }

  GenerationConfig config_;
  std::unique_ptr<TextLLMRunner> runner_;
};

TEST_F(DefaultModelTest, TheSecondTurnAnswersAsOneLongPrompt) {
  Tokens all;
  for (const char* prompt : {"My name is Anna.", " What is my name?"}) {
    if (!all.empty()) {
      const auto& read = runner_->generated_tokens();
      all.insert(all.end(), read.begin(), read.end());
    }
    answer(prompt);
    const auto& read = runner_->prompt_tokens();
    all.insert(all.end(), read.begin(), read.end());
  }
  const Tokens second = runner_->generated_tokens();
  runner_->reset();
  ASSERT_TRUE(runner_->prefill_tokens(all).ok());
  EXPECT_EQ(answer(""), second);
}

TEST_F(DefaultModelTest, PiecesOfAPromptAnswerAsTheWhole) {
  const Tokens expected = answer(kPrompt);
  const Tokens prompt = runner_->prompt_tokens();
  ASSERT_GT(prompt.size(), 3u);
  for (const size_t cut : {size_t{1}, size_t{3}, prompt.size() - 1}) {
    runner_->reset();
    const auto middle = prompt.begin() + static_cast<std::ptrdiff_t>(cut);
    ASSERT_TRUE(runner_->prefill_tokens({prompt.begin(), middle}).ok());
    ASSERT_TRUE(runner_->prefill_tokens({middle, prompt.end()}).ok());
    EXPECT_EQ(answer(""), expected) << "cut at " << cut;
  }
}

TEST_F(DefaultModelTest, AnyPrefillChunkGivesTheSameAnswer) {
  const Tokens expected = answer(kPrompt);
  ASSERT_GT(runner_->prompt_tokens().size(), 2 * size_t{kSmallChunk});
  runner_ = open(kSmallChunk);
  ASSERT_NE(runner_, nullptr);
  EXPECT_EQ(answer(kPrompt), expected);
}

TEST_F(DefaultModelTest, APromptLongerThanTheContextIsRefusedWithARemedy) {
  std::string prompt;
  for (int i = 0; i < 600; ++i) prompt += " word";
  EXPECT_EQ(runner_->generate(prompt, config_), Error::InvalidArgument);
  EXPECT_NE(runner_->error_message().find("longer context"), std::string::npos)
      << runner_->error_message();
  EXPECT_EQ(runner_->position(), 0);
}

TEST_F(DefaultModelTest, ResetGivesTheSameAnswerAgain) {
  const Tokens first = answer(kPrompt);
  answer(" And then?");
  runner_->reset();
  EXPECT_EQ(answer(kPrompt), first);
  const auto other = open();
  ASSERT_NE(other, nullptr);
  EXPECT_EQ(other->generate(kPrompt, config_), Error::Ok);
  EXPECT_EQ(other->generated_tokens(), first) << "as a runner of its own";
}

TEST_F(DefaultModelTest, TheSameSeedGivesTheSameText) {
  config_.temperature = 1.2f;
  config_.top_p = 0.9f;
  config_.seed = 11;
  const Tokens first = answer(kPrompt);
  runner_->reset();
  EXPECT_EQ(answer(kPrompt), first);
}

TEST_F(DefaultModelTest, StopFromAnotherThreadEndsWithinOneToken) {
  const Tokens whole = answer(kPrompt);
  for (int moment = 0; moment < kSteps; moment += 4) {
    runner_->reset();
    std::atomic<int> delivered{0};
    std::atomic<int> delivered_at_stop{-1};
    std::thread other([&] {
      while (delivered.load() < moment) std::this_thread::yield();
      runner_->stop();
      delivered_at_stop.store(delivered.load());
    });
    // The answer waits for the stop at one token, whichever is faster.
    const auto wait = [&](const std::string&) {
      if (++delivered < moment) return;
      while (delivered_at_stop.load() < 0) std::this_thread::yield();
    };
    EXPECT_EQ(runner_->generate(kPrompt, config_, wait), Error::Ok);
    other.join();
    EXPECT_EQ(runner_->finish_reason(), FinishReason::Stopped);
    EXPECT_LE(delivered.load() - delivered_at_stop.load(), 1);
    const Tokens part = runner_->generated_tokens();
    EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin()));
  }
}

TEST_F(DefaultModelTest, AnAnswerThatWasStoppedGoesOnAsIfItHadNotBeen) {
  const Tokens whole = answer(kPrompt);
  runner_->reset();
  ASSERT_EQ(runner_->generate(kPrompt, config_,
                              [&](const std::string&) { runner_->stop(); }),
            Error::Ok);
  Tokens pieces = runner_->generated_tokens();
  ASSERT_LT(pieces.size(), whole.size());
  config_.max_new_tokens = static_cast<int32_t>(whole.size() - pieces.size());
  const Tokens rest = answer("");
  pieces.insert(pieces.end(), rest.begin(), rest.end());
  EXPECT_EQ(pieces, whole);
}

}  // namespace
}  // namespace executorch::extension::llm
