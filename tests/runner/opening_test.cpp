// Opening models and tokenizers: what goes wrong is said in one sentence.

#include <executorch/extension/llm/runner/llm_runner_helper.h>
#include <executorch/extension/llm/runner/text_llm_runner.h>
#include <gtest/gtest.h>
#include <pytorch/tokenizers/llama2c_tokenizer.h>
#include <pytorch/tokenizers/sentencepiece.h>
#include <pytorch/tokenizers/tekken.h>
#include <pytorch/tokenizers/tiktoken.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runner/tiny_model.h"
#include "support/temporary_directory.h"

namespace etllm {
namespace {

using executorch::extension::llm::create_text_llm_runner;
using executorch::extension::llm::load_tokenizer;
using executorch::extension::llm::open_text_llm_runner;
using executorch::extension::llm::TextLLMRunner;
using executorch::runtime::Error;

// A whole tokenizer.json: two letters.
constexpr const char* kTokenizerJson = R"({
  "version": "1.0", "added_tokens": [], "normalizer": null,
  "pre_tokenizer": null, "post_processor": null, "decoder": null,
  "model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []}
})";

class OpeningTest : public testing::Test {
 protected:
  OpeningTest() { register_tiny_operators(); }

  std::string path(const std::string& name) const {
    return directory_.path() / name;
  }
  std::string write(const std::string& name, const std::string& content) {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }
  /// A copy of a golden under a name that says nothing.
  std::string copy_of(const std::string& name) const {
    std::filesystem::copy_file(
        ETLLM_SOURCE_DIR "/tests/golden/tokenizer_formats/" + name,
        path("a_file"), std::filesystem::copy_options::overwrite_existing);
    return path("a_file");
  }
  std::string write(const TinyModel& model) {
    const Status written = write_tiny_model(model, path("model.pte"));
    EXPECT_TRUE(written.ok()) << written.message();
    return path("model.pte");
  }

  /// Why the tokenizer could not be loaded.
  static std::string refusal(const std::string& path) {
    std::string sentence;
    EXPECT_EQ(load_tokenizer(path, nullptr, std::nullopt, 0, 1, &sentence),
              nullptr);
    EXPECT_NE(sentence.find(path), std::string::npos) << sentence;
    return sentence;
  }

  TemporaryDirectory directory_;
};

testing::AssertionResult contains(const std::string& text,
                                  const std::string& part) {
  if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << text << " has no " << part;
}

TEST_F(OpeningTest, ATokenizerIsFoundByContentInAFileAFolderAndAModel) {
  const auto is_tokenizer = [](const std::string& path) {
    const auto tokenizer = load_tokenizer(path);
    return tokenizer != nullptr && tokenizer->piece_to_id("b").get() == 1;
  };
  EXPECT_TRUE(is_tokenizer(write("strange.name", kTokenizerJson)));
  write("tokenizer.json", kTokenizerJson);
  EXPECT_TRUE(is_tokenizer(directory_.path()));
  program::ProgramBuilder program;
  build_tiny_method({}, program.add_method("forward"));
  program.add_named_data("tokenizer.json",
                         program::ConstantData::from_string(kTokenizerJson));
  ASSERT_TRUE(program.write(path("model.json")).ok());
  EXPECT_TRUE(is_tokenizer(path("model.json"))) << "a .pte by its content";
}

TEST_F(OpeningTest, EveryFormatIsFoundByContentWhateverTheFileIsCalled) {
  const auto is_a = [this]<typename Format>(const Format*, const char* name) {
    const auto tokenizer = load_tokenizer(copy_of(name));
    return dynamic_cast<Format*>(tokenizer.get()) != nullptr &&
           tokenizer->encode("a text").ok();
  };
  constexpr tokenizers::Tiktoken* kTiktoken = nullptr;
  constexpr tokenizers::Tekken* kTekken = nullptr;
  constexpr tokenizers::SPTokenizer* kSentencePiece = nullptr;
  constexpr tokenizers::Llama2cTokenizer* kLlama2c = nullptr;
  EXPECT_TRUE(is_a(kTiktoken, "llama3.tiktoken"));
  EXPECT_TRUE(is_a(kTekken, "tekken.json"));
  EXPECT_TRUE(is_a(kSentencePiece, "sp_llama.model"));
  EXPECT_TRUE(is_a(kSentencePiece, "sp_unigram_nfkc.model"));
  EXPECT_TRUE(is_a(kLlama2c, "llama2c.bin"));
  EXPECT_TRUE(is_a(kLlama2c, "llama2c_executorch.bin"));
}

TEST_F(OpeningTest, AFolderMayHoldTheTokenizerOfAnyFormat) {
  std::filesystem::rename(copy_of("sp_llama.model"), path("tokenizer.model"));
  const auto tokenizer = load_tokenizer(directory_.path());
  ASSERT_NE(tokenizer, nullptr);
  EXPECT_EQ(tokenizer->bos_tok(), 1U);
}

TEST_F(OpeningTest, WhatATiktokenFileDoesNotSayComesFromTheCaller) {
  const std::string file = copy_of("own.tiktoken");
  const auto llama3 = load_tokenizer(file);
  ASSERT_NE(llama3, nullptr);
  EXPECT_EQ(llama3->vocab_size(), 900 + 256);
  EXPECT_EQ(*llama3->piece_to_id("<|eot_id|>"), 900U + 9U);
  const auto own = load_tokenizer(
      file,
      std::make_unique<std::vector<std::string>>(
          std::vector<std::string>{"<tool>", "<end>", "<start>"}),
      "[a-z]", 2, 1);
  ASSERT_NE(own, nullptr);
  EXPECT_EQ(own->bos_tok(), 902U);
  EXPECT_EQ(own->eos_tok(), 901U);
  EXPECT_EQ(own->encode("a-b")->size(), 2U) << "the pattern drops the rest";
}

TEST_F(OpeningTest, WhatIsNoTokenizerIsToldWhyForEachFormat) {
  const std::string sentence = refusal(write("tokenizer.json", "hello"));
  EXPECT_TRUE(contains(sentence, ".pte"));
  EXPECT_TRUE(contains(sentence, "Hugging Face tokenizer.json"));
  EXPECT_TRUE(contains(sentence, "does not begin with '{'"));
  EXPECT_TRUE(contains(sentence, "tekken.json"));
  EXPECT_TRUE(contains(sentence, "TikToken file, because its first line"));
  EXPECT_TRUE(contains(sentence, "SentencePiece model, because"));
  EXPECT_TRUE(contains(sentence, "llama2.c's tokenizer, because"));
  EXPECT_TRUE(contains(refusal(write("empty", "")), "empty"));
  EXPECT_TRUE(contains(refusal(write("broken.json", "{\"model\": ")), "'"));
  refusal(path("missing.json"));
  std::filesystem::create_directory(path("folder"));
  refusal(path("folder"));
}

TEST_F(OpeningTest, AModelWithoutATokenizerSaysSo) {
  EXPECT_TRUE(contains(refusal(write(TinyModel{})), "holds no tokenizer"));
  std::string sentence;
  EXPECT_EQ(open_text_llm_runner({path("model.pte")}, &sentence), nullptr);
  EXPECT_TRUE(contains(sentence, "holds no tokenizer"));
}

TEST_F(OpeningTest, OpensAModelWithItsTokenizerAndLoadsThem) {
  const std::string model = write(TinyModel{});
  executorch::extension::llm::TextLLMRunnerOptions options;
  options.model_path = model;
  options.tokenizer_path = write("tokenizer.json", kTokenizerJson);
  std::string sentence;
  const auto runner = open_text_llm_runner(options, &sentence);
  ASSERT_NE(runner, nullptr) << sentence;
  EXPECT_TRUE(runner->is_loaded());
  EXPECT_GE(runner->stats().model_load_end_ms,
            runner->stats().model_load_start_ms);
}

TEST_F(OpeningTest, ARunnerNeedsATokenizerAndAProgram) {
  const std::string model = write(TinyModel{});
  EXPECT_EQ(create_text_llm_runner(model, nullptr), nullptr);
  EXPECT_EQ(create_text_llm_runner(path("missing.pte"), tiny_tokenizer()),
            nullptr);
  EXPECT_EQ(create_text_llm_runner(write("text.pte", "no program at all"),
                                   tiny_tokenizer()),
            nullptr);
  EXPECT_NE(create_text_llm_runner(model, tiny_tokenizer()), nullptr);
}

TEST_F(OpeningTest, ADataFileThatIsMissingIsNamed) {
  const std::string model = write(TinyModel{});
  EXPECT_EQ(create_text_llm_runner(
                model, tiny_tokenizer(),
                std::optional<const std::string>(path("missing.ptd"))),
            nullptr);
  executorch::extension::llm::TextLLMRunnerOptions options;
  options.model_path = model;
  options.tokenizer_path = write("tokenizer.json", kTokenizerJson);
  options.data_files = {path("missing.ptd")};
  std::string sentence;
  EXPECT_EQ(open_text_llm_runner(options, &sentence), nullptr);
  EXPECT_TRUE(contains(sentence, "missing.ptd"));
}

TEST_F(OpeningTest, AModelWithoutMetadataSaysHowToExportIt) {
  TinyModel model;
  model.has_metadata = false;
  executorch::extension::llm::TextLLMRunnerOptions options;
  options.model_path = write(model);
  options.tokenizer_path = write("tokenizer.json", kTokenizerJson);
  std::string sentence;
  EXPECT_EQ(open_text_llm_runner(options, &sentence), nullptr);
  EXPECT_TRUE(contains(sentence, options.model_path));
  EXPECT_TRUE(contains(sentence, "get_max_seq_len"));
}

TEST_F(OpeningTest, AMissingOperatorIsNamedWithItsLibrary) {
  const auto refusal_of = [&](const std::string& op_name) {
    TinyModel model;
    model.op_name = op_name;
    auto runner = create_text_llm_runner(write(model), tiny_tokenizer());
    if (runner == nullptr) return std::string("no runner");
    EXPECT_EQ(runner->load(), Error::OperatorMissing);
    EXPECT_FALSE(runner->is_loaded());
    EXPECT_EQ(runner->generate("a", {}), Error::OperatorMissing);
    return runner->error_message();
  };
  EXPECT_TRUE(contains(refusal_of("nobody::knows_it"), "nobody::knows_it.out"));
  EXPECT_TRUE(contains(refusal_of("quantized_decomposed::unheard_of"),
                       "executorch::kernels_quantized"));
}

TEST_F(OpeningTest, AMethodThatDoesNotExistIsNamed) {
  auto runner = create_text_llm_runner(write(TinyModel{}), tiny_tokenizer(),
                                       std::vector<std::string>{}, -1.0f,
                                       nullptr, "backward");
  ASSERT_NE(runner, nullptr);
  EXPECT_NE(runner->load(), Error::Ok);
  EXPECT_TRUE(contains(runner->error_message(), "backward"));
}

TEST_F(OpeningTest, TheMissingMethodOfTwoIsTheOneThatIsNamed) {
  TinyModel model;
  model.methods = {"prefill", "decode"};
  model.op_name = "nobody::knows_it";
  auto runner = create_text_llm_runner(write(model), tiny_tokenizer());
  ASSERT_NE(runner, nullptr);
  EXPECT_NE(runner->load(), Error::Ok);
  EXPECT_TRUE(contains(runner->error_message(), "method 'prefill'"));
}

}  // namespace
}  // namespace etllm
