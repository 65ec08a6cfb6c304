// Vocabularies of GGUF files, converted to tokenizer.json and run, against the
// ids of the libraries they come from
// (tests/golden/make_vocabulary_goldens.py).

#include <gtest/gtest.h>
#include <pytorch/tokenizers/hf_tokenizer.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "importer/gguf/gguf_file.h"
#include "importer/gguf_bytes.h"
#include "importer/tokenizer/tokenizer_json.h"

namespace etllm::importer {
namespace {

using nlohmann::json;
using tokenizers::HFTokenizer;
using Ids = std::vector<std::uint64_t>;

/// The tokenizer in `path`, converted and loaded.
HFTokenizer convert(const std::string& path) {
  HFTokenizer tokenizer;
  const auto file = GgufFile::open(path);
  EXPECT_TRUE(file.ok()) << file.status().message();
  if (!file.ok()) return tokenizer;
  const auto text = tokenizer_json_from_gguf(*file);
  EXPECT_TRUE(text.ok()) << text.status().message();
  if (!text.ok()) return tokenizer;
  EXPECT_EQ(tokenizer.load_from_memory(*text), tokenizers::Error::Ok)
      << tokenizer.failure();
  return tokenizer;
}

Ids encode(const HFTokenizer& tokenizer, const std::string& text) {
  const auto ids = tokenizer.encode(text);
  EXPECT_TRUE(ids.ok());
  return ids.ok() ? *ids : Ids();
}

class SmallVocabulary : public testing::TestWithParam<std::string> {
 protected:
  const std::string folder_ = ETLLM_SOURCE_DIR "/tests/golden/vocabularies/";
  const HFTokenizer tokenizer_ = convert(folder_ + GetParam() + ".gguf");
};

TEST_P(SmallVocabulary, GivesTheIdsOfItsLibrary) {
  const json goldens = json::parse(read_file(folder_ + "ids.json"));
  const json& cases = goldens[GetParam()];
  EXPECT_GT(cases.size(), 50U);
  for (const json& golden : cases) {
    const auto text = golden[0].get<std::string>();
    EXPECT_EQ(encode(tokenizer_, text), golden[1].get<Ids>()) << text;
  }
}

TEST_P(SmallVocabulary, GivesBackTheText) {
  // What composes characters gives back the composed ones.
  const bool composes = GetParam() == "qwen2";
  const json goldens = json::parse(read_file(folder_ + "ids.json"));
  for (const json& golden : goldens[GetParam()]) {
    const auto text = golden[0].get<std::string>();
    const Ids ids = encode(tokenizer_, text);
    const auto decoded = tokenizer_.decode(ids);
    ASSERT_TRUE(decoded.ok());
    if (composes) {
      EXPECT_EQ(encode(tokenizer_, *decoded), ids) << text;
    } else {
      EXPECT_EQ(*decoded, text);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Names, SmallVocabulary,
                         testing::Values("gpt-2", "smollm", "llama-bpe",
                                         "qwen2", "spm", "spm-no-prefix"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::erase(name, '-');
                           return name;
                         });

/// Where somebody has put the vocabularies of well-known models; see the
/// README there. Not part of the repository.
const std::string kVocabularies = ETLLM_SOURCE_DIR "/../shared/vocab/";

std::vector<std::string> split_texts(const std::string& text) {
  const std::string separator = "\n__ggml_vocab_test__\n";
  std::vector<std::string> texts;
  std::size_t begin = 0;
  for (;;) {
    const std::size_t end = text.find(separator, begin);
    texts.push_back(text.substr(begin, end - begin));
    if (end == std::string::npos) return texts;
    begin = end + separator.size();
  }
}

class WellKnownVocabulary : public testing::TestWithParam<std::string> {};

TEST_P(WellKnownVocabulary, GivesTheKnownIds) {
  const std::string path = kVocabularies + "ggml-vocab-" + GetParam() + ".gguf";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not here";
  const HFTokenizer tokenizer = convert(path);
  const auto texts = split_texts(read_file(path + ".inp"));
  std::istringstream lines(read_file(path + ".out"));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    ASSERT_LT(count, texts.size());
    std::istringstream numbers(line);
    Ids expected{std::istream_iterator<std::uint64_t>(numbers), {}};
    EXPECT_EQ(encode(tokenizer, texts[count]), expected) << texts[count];
  }
  EXPECT_GT(count, 40U);
}

INSTANTIATE_TEST_SUITE_P(Names, WellKnownVocabulary,
                         testing::Values("gpt-2", "llama-bpe", "llama-spm",
                                         "phi-3"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace etllm::importer
