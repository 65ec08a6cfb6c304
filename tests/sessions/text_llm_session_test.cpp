// Several conversations on one loaded model, with the default model.

#include <executorch/extension/llm/runner/llm_runner_helper.h>
#include <executorch/extension/llm/runner/llm_session.h>
#include <executorch/extension/llm/runner/util.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "importer/import.h"
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

class TextLLMSessionTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (std::string(ETLLM_DEFAULT_MODEL).empty()) return;
    directory() = std::make_unique<::etllm::TemporaryDirectory>();
    ::etllm::importer::ImportOptions options;
    options.context_tokens = 512;
    options.prefill_chunk_tokens = 64;
    const auto report = ::etllm::importer::import_model(ETLLM_DEFAULT_MODEL,
                                                        model_path(), options);
    ASSERT_TRUE(report.ok()) << report.status().message();
    engine() =
        create_text_llm_engine(model_path(), load_tokenizer(model_path()));
    ASSERT_NE(engine(), nullptr);
  }
  static void TearDownTestSuite() {
    engine().reset();
    directory().reset();
  }
  void SetUp() override {
    if (engine() == nullptr) GTEST_SKIP() << "no default model";
  }

  static std::unique_ptr<LLMEngine>& engine() {
    static std::unique_ptr<LLMEngine> value;
    return value;
  }
  static std::string model_path() { return directory()->path() / "model.pte"; }
  static std::unique_ptr<::etllm::TemporaryDirectory>& directory() {
    static std::unique_ptr<::etllm::TemporaryDirectory> value;
    return value;
  }

  static std::unique_ptr<LLMSession> session() {
    auto result = engine()->create_session();
    EXPECT_TRUE(result.ok());
    return result.ok() ? std::move(*result) : nullptr;
  }

  static SamplingConfig greedy() {
    SamplingConfig sampling;
    sampling.temperature = 0.0f;
    return sampling;
  }

  static Tokens prompt(const std::string& text) {
    return *load_tokenizer(model_path())->encode(text, 0, 0);
  }

  static uint64_t next(LLMSession& session, const SamplingConfig& sampling) {
    const auto result = session.decode_one(sampling);
    EXPECT_TRUE(result.ok());
    return result.ok() ? result->token_id : 0;
  }

  static Tokens answer(LLMSession& session, const Tokens& prompt,
                       const SamplingConfig& sampling) {
    EXPECT_EQ(session.prefill_tokens(prompt), Error::Ok);
    Tokens tokens;
    for (int i = 0; i < kSteps; ++i) tokens.push_back(next(session, sampling));
    return tokens;
  }
};

TEST_F(TextLLMSessionTest, InterleavedSessionsAnswerAsTheyDoApart) {
  const Tokens first = prompt("The capital of France is");
  const Tokens second = prompt("def fibonacci(n):");
  const Tokens first_apart = answer(*session(), first, greedy());
  const Tokens second_apart = answer(*session(), second, greedy());

  const auto a = session();
  const auto b = session();
  ASSERT_EQ(a->prefill_tokens(first), Error::Ok);
  ASSERT_EQ(b->prefill_tokens(second), Error::Ok);
  for (std::size_t i = 0; i < kSteps; ++i) {
    EXPECT_EQ(next(*a, greedy()), first_apart[i]);
    EXPECT_EQ(next(*b, greedy()), second_apart[i]);
  }
}

TEST_F(TextLLMSessionTest, SessionsOnTwoThreadsAnswerAsTheyDoApart) {
  const Tokens first = prompt("Once upon a time");
  const Tokens second = prompt("1, 2, 3, 4,");
  const Tokens first_apart = answer(*session(), first, greedy());
  const Tokens second_apart = answer(*session(), second, greedy());
  Tokens first_together;
  std::thread other(
      [&] { first_together = answer(*session(), first, greedy()); });
  const Tokens second_together = answer(*session(), second, greedy());
  other.join();
  EXPECT_EQ(first_together, first_apart);
  EXPECT_EQ(second_together, second_apart);
}

TEST_F(TextLLMSessionTest, FurtherSessionsShareTheWeights) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer's own memory counts as ours";
#endif
  const auto resident = [] {
    std::ifstream file("/proc/self/statm");
    std::size_t pages = 0;
    file >> pages >> pages;
    return pages * 4096;
  };
  const auto first = session();
  answer(*first, prompt("Hello"), greedy());
  const std::size_t before = resident();
  const auto second = session();
  answer(*second, prompt("Hello"), greedy());
  const std::size_t added = resident() - before;
  const auto capacity = engine()->serving_capacity();
  EXPECT_GT(capacity.max_physical_sessions_without_weight_duplication, 1000);
  EXPECT_GT(capacity.estimated_bytes_per_session, 0);
  EXPECT_LT(added,
            static_cast<std::size_t>(capacity.estimated_bytes_per_session));
}

TEST_F(TextLLMSessionTest, SameSeedGivesTheSameTokensAndAnotherOthers) {
  SamplingConfig sampling;
  sampling.temperature = 1.5f;
  sampling.seed = 7;
  const Tokens text = prompt("My favourite animal is");
  const Tokens once = answer(*session(), text, sampling);
  EXPECT_EQ(answer(*session(), text, sampling), once);
  sampling.seed = 8;
  EXPECT_NE(answer(*session(), text, sampling), once);
}

TEST_F(TextLLMSessionTest, SeekReusesThePrefixOfAConversation) {
  const Tokens text = prompt("The capital of France is");
  const auto conversation = session();
  const Tokens expected = answer(*conversation, text, greedy());
  const auto prefix = static_cast<int64_t>(text.size()) - 2;
  ASSERT_EQ(conversation->seek(prefix), Error::Ok);
  EXPECT_EQ(conversation->position(), prefix);
  const Tokens rest(text.end() - 2, text.end());
  EXPECT_EQ(answer(*conversation, rest, greedy()), expected);
  EXPECT_EQ(conversation->seek(10'000), Error::InvalidArgument);
}

TEST_F(TextLLMSessionTest, TextPiecesAreTheTextOfTheTokens) {
  const auto conversation = session();
  ASSERT_EQ(conversation->prefill_tokens(prompt("The capital of France is")),
            Error::Ok);
  std::string text;
  for (int i = 0; i < 2; ++i) {
    const auto step = conversation->decode_one(greedy());
    ASSERT_TRUE(step.ok());
    EXPECT_FALSE(step->is_eos);
    text += step->text_piece;
  }
  EXPECT_EQ(text.substr(0, 6), " Paris");
}

TEST_F(TextLLMSessionTest, StopEndsTheNextStepOnly) {
  const auto conversation = session();
  ASSERT_EQ(conversation->prefill_tokens(prompt("Hello")), Error::Ok);
  conversation->stop();
  EXPECT_EQ(conversation->decode_one(greedy()).error(), Error::EndOfMethod);
  EXPECT_TRUE(conversation->decode_one(greedy()).ok());
}

TEST_F(TextLLMSessionTest, RefusesWhatMakesNoSense) {
  const auto conversation = session();
  EXPECT_EQ(conversation->prefill_tokens({}), Error::InvalidArgument);
  EXPECT_EQ(conversation->decode_one(greedy()).error(), Error::InvalidState);
  EXPECT_EQ(conversation->prefill_tokens(Tokens(600, 5)),
            Error::InvalidArgument);
  EXPECT_EQ(conversation->prefill_tokens({999'999}), Error::InvalidArgument);
  EXPECT_EQ(create_text_llm_engine("/no/such.pte", nullptr), nullptr);
}

TEST_F(TextLLMSessionTest, SessionOutlivesItsEngine) {
  auto engine =
      create_text_llm_engine(model_path(), load_tokenizer(model_path()));
  ASSERT_NE(engine, nullptr);
  auto result = engine->create_session();
  ASSERT_TRUE(result.ok());
  const auto conversation = std::move(*result);
  EXPECT_EQ(engine->metadata().at("get_max_context_len"), 512);
  engine.reset();
  EXPECT_EQ(conversation->prefill_tokens(prompt("Hello")), Error::Ok);
  EXPECT_TRUE(conversation->decode_one(greedy()).ok());
}

}  // namespace
}  // namespace executorch::extension::llm
