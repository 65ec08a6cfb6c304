// Tokenizers that are in memory, as those inside of a model.

#include "tokenizers/open_tokenizer.h"

#include <pytorch/tokenizers/sentencepiece.h>
#include <pytorch/tokenizers/tekken.h>
#include <pytorch/tokenizers/tiktoken.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tokenizers/golden_files.h"

namespace tokenizers {
namespace {

using Ids = std::vector<uint64_t>;

std::string content_of(const std::string& name) {
  std::ifstream in(format_path(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::unique_ptr<PipelineTokenizer> opened(const std::string& name,
                                          const std::string& config = "") {
  auto tokenizer = open_tokenizer(content_of(name), name, config);
  EXPECT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  return std::move(*tokenizer);
}

Ids encoded(const Tokenizer& tokenizer, const std::string& text) {
  const auto ids = tokenizer.encode(text, 0, 0);
  EXPECT_TRUE(ids.ok());
  return ids.ok() ? *ids : Ids{};
}

TEST(OpenTokenizer, GivesTheIdsOfTheFile) {
  const std::string text = "Hello world, 123 <s> na\xc3\xafve";
  for (const char* name : {"sp_llama.model", "sp_unigram_bytes.model",
                           "tekken.json", "llama3.tiktoken"}) {
    const auto from_file = tokenizer_for(name);
    ASSERT_EQ(from_file->load(format_path(name)), Error::Ok) << name;
    const auto from_memory = opened(name);
    EXPECT_EQ(encoded(*from_memory, text), encoded(*from_file, text)) << name;
    EXPECT_EQ(from_memory->bos_tok(), from_file->bos_tok()) << name;
    EXPECT_EQ(from_memory->eos_tok(), from_file->eos_tok()) << name;
  }
}

TEST(OpenTokenizer, FindsTheTokensOfTheConfigurationInAText) {
  const auto plain = opened("sp_llama.model");
  const auto size = static_cast<uint64_t>(plain->vocab_size());
  EXPECT_NE(encoded(*plain, "<s>").back(), 1U);
  const auto with_bos = opened("sp_llama.model", R"({"bos_token": "<s>"})");
  EXPECT_EQ(encoded(*with_bos, "<s>"), Ids{1});
  const auto with_added =
      opened("sp_llama.model",
             "{\"add_bos_token\": false, \"added_tokens_decoder\": {\"" +
                 std::to_string(size) +
                 "\": {\"content\": \"<|im_start|>\", \"special\": true}}}");
  EXPECT_EQ(encoded(*with_added, "<|im_start|>"), Ids{size});
  EXPECT_TRUE(plain->adds_bos());
  EXPECT_FALSE(with_added->adds_bos());
}

TEST(OpenTokenizer, TakesTheSpecialTokensOfTikTokenFromTheConfiguration) {
  const auto plain = opened("llama3.tiktoken");
  const auto first = *plain->piece_to_id("<|begin_of_text|>");
  const auto entry = [](uint64_t id, const char* content) {
    return "\"" + std::to_string(id) + "\": {\"content\": \"" + content +
           "\", \"special\": true}";
  };
  const auto config = [&](uint64_t start) {
    return "{\"eos_token\": \"<|b|>\", \"added_tokens_decoder\": {" +
           entry(start, "<|a|>") + ", " + entry(start + 3, "<|b|>") + "}}";
  };
  const auto own = opened("llama3.tiktoken", config(first));
  EXPECT_EQ(encoded(*own, "<|a|><|b|>"), (Ids{first, first + 3}));
  EXPECT_EQ(own->eos_tok(), first + 3);
  const auto shifted =
      open_tokenizer(content_of("llama3.tiktoken"), "name", config(first + 1));
  ASSERT_FALSE(shifted.ok());
  EXPECT_NE(shifted.status().message().find("<|a|>"), std::string::npos);
}

TEST(OpenTokenizer, RefusesWhatIsNoTokenizer) {
  for (const char* content : {"", "x", "{", "[1]", "{\"token_bytes\": 1}"}) {
    const auto tokenizer = open_tokenizer(content, "name", "");
    ASSERT_FALSE(tokenizer.ok()) << content;
    EXPECT_NE(tokenizer.status().message().find("name"), std::string::npos)
        << tokenizer.status().message();
  }
  EXPECT_FALSE(open_tokenizer(content_of("tekken.json"), "name", "[").ok());
}

}  // namespace
}  // namespace tokenizers
