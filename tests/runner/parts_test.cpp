// The parts of a runner on their own, and classes derived from them.

#include <executorch/extension/llm/runner/io_manager/io_manager.h>
#include <executorch/extension/llm/runner/text_prefiller.h>
#include <executorch/extension/llm/runner/text_token_generator.h>
#include <executorch/extension/llm/sampler/logit_processor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runner/scripted_runner.h"

namespace etllm {
namespace {

using namespace executorch::extension::llm;  // NOLINT: what users write

using Call = ScriptedDecoder::Call;
using Strings = std::vector<std::string>;
using executorch::extension::Module;
using executorch::runtime::Error;
using executorch::runtime::EValue;
using executorch::runtime::Result;

class TextPrefillerTest : public testing::Test {
 protected:
  TextPrefillerTest() { decoder_.answer_after(0, {}, kC); }

  /// The sizes of the model's calls for a prompt of `count` tokens.
  std::vector<std::size_t> calls_for(TextPrefiller& prefiller,
                                     std::size_t count) {
    Tokens tokens(count, kA);
    std::int64_t position = 3;
    decoder_.read.assign(3, kB);
    decoder_.calls.clear();
    const auto next = prefiller.prefill(tokens, position);
    EXPECT_TRUE(next.ok());
    EXPECT_EQ(position, 3 + static_cast<std::int64_t>(count));
    EXPECT_EQ(decoder_.read.size(), 3 + count);
    std::vector<std::size_t> sizes;
    for (const Call& call : decoder_.calls) sizes.push_back(call.tokens.size());
    return sizes;
  }

  ScriptedDecoder decoder_{kPieces.size()};
};

using Sizes = std::vector<std::size_t>;

TEST_F(TextPrefillerTest, CutsAPromptIntoChunksOfTheMaximum) {
  TextPrefiller prefiller(&decoder_, true, true, 4);
  EXPECT_EQ(calls_for(prefiller, 3), Sizes{3});
  EXPECT_EQ(calls_for(prefiller, 4), Sizes{4});
  EXPECT_EQ(calls_for(prefiller, 5), (Sizes{4, 1}));
  EXPECT_EQ(calls_for(prefiller, 12), (Sizes{4, 4, 4}));
}

TEST_F(TextPrefillerTest, FeedsTokenByTokenWithoutParallelPrefill) {
  TextPrefiller prefiller(&decoder_, true, false, 4);
  EXPECT_EQ(calls_for(prefiller, 6), Sizes(6, 1));
}

TEST_F(TextPrefillerTest, HasNoBoundOfItsOwnWithoutAMaximum) {
  TextPrefiller prefiller(&decoder_, true, true, 0);
  EXPECT_EQ(calls_for(prefiller, 500), Sizes{500});
}

class BoundedDecoder : public ScriptedDecoder {
 public:
  using ScriptedDecoder::ScriptedDecoder;
  std::int64_t max_input_tokens() override { return 3; }
};

TEST_F(TextPrefillerTest, KeepsToTheMethodsOwnBoundWhenThatIsSmaller) {
  BoundedDecoder decoder(kPieces.size());
  decoder.answer_after(0, {}, kC);
  TextPrefiller prefiller(&decoder, true, true, 128);
  Tokens tokens(7, kA);
  std::int64_t position = 0;
  ASSERT_TRUE(prefiller.prefill(tokens, position).ok());
  ASSERT_EQ(decoder.calls.size(), 3U);
  EXPECT_EQ(decoder.calls[2], (Call{6, {kA}}));
}

TEST_F(TextPrefillerTest, RefusesAnEmptyPrompt) {
  TextPrefiller prefiller(&decoder_, true, true, 4);
  Tokens none;
  std::int64_t position = 0;
  EXPECT_EQ(prefiller.prefill(none, position).error(), Error::InvalidArgument);
  EXPECT_EQ(prefiller.prefill_chunk(none, position).error(),
            Error::InvalidArgument);
}

class TextTokenGeneratorTest : public testing::Test {
 protected:
  TextTokenGeneratorTest() { decoder_.answer_after(2, {kA, kB, kC}, kEos); }

  Result<std::int64_t> generate(std::int32_t max_new_tokens) {
    texts_.clear();
    decoder_.read = {kA};
    return generator_.generate(
        {kA, kB}, 1, max_new_tokens, 0.0F,
        [this](const std::string& text) { texts_.push_back(text); });
  }

  ScriptedDecoder decoder_{kPieces.size()};
  PieceTokenizer tokenizer_{kPieces};
  Stats stats_;
  TextTokenGenerator generator_{
      &tokenizer_, &decoder_, true,
      std::make_unique<std::unordered_set<std::uint64_t>>(
          std::unordered_set<std::uint64_t>{kEos}),
      &stats_};
  Strings texts_;
};

TEST_F(TextTokenGeneratorTest, FeedsTheLastTokenAndGoesOn) {
  const auto count = generate(10);
  ASSERT_TRUE(count.ok());
  EXPECT_EQ(*count, 4);
  EXPECT_EQ(decoder_.calls.at(0), (Call{1, {kB}}));
  EXPECT_EQ(texts_, (Strings{"a", "b", "c"}));
  EXPECT_GT(stats_.first_token_ms, 0);
}

TEST_F(TextTokenGeneratorTest, CanIgnoreEosTokens) {
  generator_.set_ignore_eos(true);
  EXPECT_EQ(*generate(5), 5);
  generator_.set_ignore_eos(false);
  EXPECT_EQ(*generate(5), 4);
}

TEST_F(TextTokenGeneratorTest, RefusesNothing) {
  EXPECT_EQ(generator_.generate({}, 0, 5).error(), Error::InvalidArgument);
  EXPECT_EQ(generator_.generate({kA}, -1, 5).error(), Error::InvalidArgument);
}

TEST_F(TextTokenGeneratorTest, ObeysAStopThatCameFirst) {
  generator_.stop();
  EXPECT_EQ(*generate(5), 0);
  EXPECT_EQ(*generate(5), 4);
}

/// Forbids one token.
class Ban : public LogitProcessor {
 public:
  explicit Ban(std::uint64_t token) : token_(token) {}
  Error process(executorch::aten::Tensor logits) override {
    logits.mutable_data_ptr<float>()[token_] = -100.0F;
    ++calls;
    return Error::Ok;
  }
  int calls = 0;

 private:
  std::uint64_t token_;
};

class Refusal : public LogitProcessor {
 public:
  Error process(executorch::aten::Tensor logits) override {
    return Error::NotSupported;
  }
};

TEST_F(TextTokenGeneratorTest, LetsProcessorsChangeTheLogitsOfEveryToken) {
  const auto ban_a = std::make_shared<Ban>(kA);
  generator_.add_logit_processor(ban_a);
  generator_.add_logit_processor(std::make_shared<Ban>(kBos));
  generator_.add_logit_processor(nullptr);
  EXPECT_EQ(generator_.num_logit_processors(), 2U);
  // Without its favourite, the model takes the lowest id that is left.
  decoder_.answer_after(2, {}, kA);
  EXPECT_EQ(*generate(3), 1);
  EXPECT_EQ(ban_a->calls, 1);
  EXPECT_TRUE(texts_.empty());
  generator_.clear_logit_processors();
  EXPECT_EQ(generator_.num_logit_processors(), 0U);
  EXPECT_EQ(*generate(3), 3);
}

TEST_F(TextTokenGeneratorTest, PassesTheErrorOfAProcessorOn) {
  generator_.add_logit_processor(std::make_shared<Refusal>());
  EXPECT_EQ(generate(3).error(), Error::NotSupported);
}

TEST_F(ScriptedRunnerTest, LogitProcessorsSeeTheFirstTokenToo) {
  generator_->add_logit_processor(std::make_shared<Ban>(kA));
  config_.max_new_tokens = 1;
  config_.ignore_eos = true;
  EXPECT_EQ(answer("ab"), "<s>");
}

TEST_F(ScriptedRunnerTest, LogitsThatAreNotNumbersAreAnError) {
  class Broken : public LogitProcessor {
   public:
    Error process(executorch::aten::Tensor logits) override {
      logits.mutable_data_ptr<float>()[0] = std::nanf("");
      return Error::Ok;
    }
  };
  generator_->add_logit_processor(std::make_shared<Broken>());
  EXPECT_EQ(generate("ab"), Error::InvalidState);
  expect_sentence("NaN");
}

/// Reads nothing and knows what comes next, as a mock does.
class MockPrefiller : public TextPrefiller {
 public:
  using TextPrefiller::TextPrefiller;
  Result<std::uint64_t> prefill(std::vector<std::uint64_t>& tokens,
                                std::int64_t& start_pos) override {
    prompts.push_back(tokens);
    start_pos += static_cast<std::int64_t>(tokens.size());
    return kC;
  }
  Error load() override { return Error::Ok; }
  bool is_loaded() const override { return true; }
  std::vector<Tokens> prompts;
};

class MockDecoder : public TextDecoderRunner {
 public:
  MockDecoder() : TextDecoderRunner(nullptr, nullptr) {}
  Result<executorch::aten::Tensor> step(executorch::extension::TensorPtr&,
                                        std::int64_t) override {
    tensor_ = executorch::extension::make_tensor_ptr({1, 2}, {0.0F, 0.0F});
    return *tensor_;
  }
  std::int32_t logits_to_token(const executorch::aten::Tensor&,
                               float) override {
    return next_++;
  }
  bool is_method_loaded() override { return true; }
  Error load() override { return Error::Ok; }
  void stop() override { is_stopped = true; }
  bool is_stopped = false;

 private:
  executorch::extension::TensorPtr tensor_;
  std::int32_t next_ = static_cast<std::int32_t>(kA);
};

TEST(Mocks, CanTakeThePlaceOfPrefillerAndDecoder) {
  auto tokenizer = std::make_unique<PieceTokenizer>(kPieces);
  auto decoder = std::make_unique<MockDecoder>();
  MockDecoder* const mock = decoder.get();
  auto prefiller =
      std::make_unique<MockPrefiller>(decoder.get(), true, true, 8);
  MockPrefiller* const prompts = prefiller.get();
  auto generator = std::make_unique<TextTokenGenerator>(
      tokenizer.get(), decoder.get(), true, nullptr, nullptr);
  TextLLMRunner runner({{"get_max_seq_len", 8}}, std::move(tokenizer), nullptr,
                       std::move(decoder), std::move(prefiller), nullptr,
                       std::move(generator), std::make_unique<Stats>());
  GenerationConfig config;
  config.max_new_tokens = 3;
  config.num_bos = 0;
  std::string text;
  ASSERT_EQ(runner.generate("ab", config,
                            [&](const std::string& piece) { text += piece; }),
            Error::Ok);
  EXPECT_EQ(text, "abcab") << "echo, the prefiller's token, the decoder's";
  EXPECT_EQ(prompts->prompts, (std::vector<Tokens>{{kA, kB}}));
  runner.stop();
  EXPECT_TRUE(mock->is_stopped);
}

/// What a program with a runner of its own derives from.
class EchoRunner : public IRunner {
 public:
  bool is_loaded() const override { return true; }
  Error load() override { return Error::Ok; }
  Error generate(const std::string& prompt, const GenerationConfig&,
                 std::function<void(const std::string&)> on_text,
                 std::function<void(const Stats&)>) override {
    on_text(prompt);
    return Error::Ok;
  }
  void stop() override {}
  void reset() override {}
};

TEST(IRunner, NeedsNoPrefill) {
  EchoRunner runner;
  EXPECT_EQ(runner.prefill({make_text_input("a")}).error(),
            Error::NotSupported);
}

TEST(GenerationConfig, HasTheFrameworksDefaults) {
  const GenerationConfig config;
  EXPECT_TRUE(config.echo);
  EXPECT_FALSE(config.ignore_eos);
  EXPECT_EQ(config.max_new_tokens, -1);
  EXPECT_FALSE(config.warming);
  EXPECT_EQ(config.seq_len, 1024);
  EXPECT_EQ(config.temperature, 0.8F);
  EXPECT_EQ(config.num_bos, 1);
  EXPECT_EQ(config.num_eos, 1);
  EXPECT_EQ(config.grammar + config.grammar_type, "");
}

TEST(GenerationConfig, ResolvesTheNumberOfNewTokens) {
  GenerationConfig config;
  EXPECT_EQ(config.resolve_max_new_tokens(2048, 24), 1000);
  EXPECT_EQ(config.resolve_max_new_tokens(512, 24), 488);
  config.max_new_tokens = 10;
  EXPECT_EQ(config.resolve_max_new_tokens(512, 24), 10);
  config.seq_len = 30;
  EXPECT_EQ(config.resolve_max_new_tokens(512, 24), 6);
  EXPECT_EQ(config.resolve_max_new_tokens(512, 100), 0);
  config.seq_len = -1;
  config.max_new_tokens = -1;
  EXPECT_EQ(config.resolve_max_new_tokens(512, 24), 488);
}

}  // namespace
}  // namespace etllm
