// A module and a tokenizer of somebody else's: the runner calls what they
// override. Prefillers and decoders are in parts_test.cpp.

#include <executorch/extension/llm/runner/io_manager/io_manager.h>
#include <executorch/extension/llm/runner/text_llm_runner.h>
#include <executorch/extension/tensor/tensor.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "program/program_builder.h"
#include "runner/bigram_program.h"
#include "runner/scripted_runner.h"
#include "support/temporary_directory.h"

namespace etllm {
namespace {

using namespace executorch::extension::llm;  // NOLINT: what users write

using executorch::extension::Module;
using executorch::runtime::Error;
using executorch::runtime::EValue;
using executorch::runtime::Result;

/// Answers "c" in place of the model, until it has been asked three times.
class MockModule : public Module {
 public:
  using Module::Module;
  Result<std::vector<EValue>> execute(const std::string& method,
                                      const std::vector<EValue>&) override {
    methods.push_back(method);
    std::vector<float> logits(kPieces.size());
    logits[methods.size() < 3 ? kC : kEos] = 1;
    const auto size = static_cast<executorch::aten::SizesType>(logits.size());
    logits_ =
        executorch::extension::make_tensor_ptr({1, size}, std::move(logits));
    return std::vector<EValue>{EValue(*logits_)};
  }
  std::vector<std::string> methods;

 private:
  executorch::extension::TensorPtr logits_;
};

/// Every text is "a", and every token an exclamation mark.
class MockTokenizer : public tokenizers::Tokenizer {
 public:
  tokenizers::Error load(const std::string&) override {
    return tokenizers::Error::Ok;
  }
  tokenizers::Result<std::vector<std::uint64_t>> encode(
      const std::string&, std::int8_t, std::int8_t) const override {
    return std::vector<std::uint64_t>{kA};
  }
  tokenizers::Result<std::string> decode(std::uint64_t, std::uint64_t,
                                         bool) const override {
    return std::string("!");
  }
  tokenizers::Result<std::string> id_to_piece(std::uint64_t) const override {
    return std::string("?");
  }
  tokenizers::Result<std::uint64_t> piece_to_id(
      const std::string&) const override {
    return kA;
  }
  bool is_loaded() const override { return says_loaded; }
  bool says_loaded = true;
};

class MocksTest : public testing::Test {
 protected:
  MocksTest() {
    const std::string path = directory_.path() / "model.pte";
    program::ProgramBuilder program;
    add_bigram_method(program, {.successors = Tokens(kPieces.size(), kA)});
    EXPECT_TRUE(program.write(path).ok());
    auto module = std::make_unique<MockModule>(path);
    auto tokenizer = std::make_unique<MockTokenizer>();
    module_ = module.get();
    tokenizer_ = tokenizer.get();
    auto io_manager = std::make_unique<IOManager>(*module);
    auto decoder =
        std::make_unique<TextDecoderRunner>(module.get(), io_manager.get());
    auto prefiller =
        std::make_unique<TextPrefiller>(decoder.get(), true, true, 8);
    auto generator = std::make_unique<TextTokenGenerator>(
        tokenizer.get(), decoder.get(), true,
        std::make_unique<std::unordered_set<std::uint64_t>>(
            std::unordered_set<std::uint64_t>{kEos}),
        nullptr);
    runner_ = std::make_unique<TextLLMRunner>(
        std::unordered_map<std::string, std::int64_t>{{"get_max_seq_len", 8}},
        std::move(tokenizer), std::move(module), std::move(decoder),
        std::move(prefiller), std::move(io_manager), std::move(generator),
        std::make_unique<Stats>());
  }

  Error generate() {
    GenerationConfig config;
    config.echo = false;
    config.num_bos = 0;
    config.temperature = 0;
    return runner_->generate(
        "whatever", config, [this](const std::string& text) { text_ += text; });
  }

  TemporaryDirectory directory_;
  MockModule* module_ = nullptr;
  MockTokenizer* tokenizer_ = nullptr;
  std::unique_ptr<TextLLMRunner> runner_;
  std::string text_;
};

TEST_F(MocksTest, OfModuleAndTokenizerAreWhatTheRunnerCalls) {
  ASSERT_EQ(generate(), Error::Ok) << runner_->error_message();
  EXPECT_EQ(text_, "!!");
  EXPECT_EQ(module_->methods, std::vector<std::string>(3, "forward"));
  EXPECT_EQ(runner_->generated_tokens(), (Tokens{kC, kC, kEos}));
}

TEST_F(MocksTest, OfATokenizerThatIsNotLoadedAreRefused) {
  tokenizer_->says_loaded = false;
  EXPECT_EQ(generate(), Error::InvalidState);
  EXPECT_TRUE(module_->methods.empty());
}

}  // namespace
}  // namespace etllm
