// Texts for which careless code takes the square of the length, or more: these
// tests would not end.

#include <pytorch/tokenizers/hf_tokenizer.h>

#include <nlohmann/json.hpp>
#include <string>

#include "gtest/gtest.h"
#include "tokenizers/golden_files.h"

namespace tokenizers {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kBytes = 200000;

std::string repeated(const std::string& unit) {
  std::string text;
  while (text.size() < kBytes) text += unit;
  return text;
}

std::vector<std::string> long_texts() {
  std::vector<std::string> texts;
  for (const char* unit :
       {"a", " ", "\n", " \n", "7", "\xf0\x9f\x98\x80", "\xe6\x97\xa5", "ab",
        "\xe2\x96\x81", "\xff", "a\xcc\x81", "'s", "<|im_start|>", "<"}) {
    texts.push_back(repeated(unit));
  }
  return texts;
}

TEST(LongText, SmolLM2IsLinear) {
  HFTokenizer tokenizer;
  ASSERT_EQ(tokenizer.load_from_memory(smollm2_json()), Error::Ok);
  for (const std::string& text : long_texts()) {
    const auto ids = tokenizer.encode(text);
    ASSERT_TRUE(ids.ok());
    EXPECT_FALSE(ids->empty());
  }
}

TEST(LongText, EveryModelIsLinear) {
  const Json goldens = Json::parse(read_golden("components.json"));
  for (const Json& golden : goldens) {
    const auto name = golden.at("name").get<std::string>();
    const bool is_probe =
        name.find("normalizer ") == 0 || name.find("pre-tokenizer ") == 0;
    if (is_probe) continue;  // they are one model
    SCOPED_TRACE(name);
    HFTokenizer tokenizer;
    ASSERT_EQ(tokenizer.load_from_memory(golden.at("tokenizer").dump()),
              Error::Ok);
    for (const char* unit : {"a", " ", "\xe6\x97\xa5", "e "}) {
      const auto ids = tokenizer.encode(repeated(unit));
      ASSERT_TRUE(ids.ok());
      ASSERT_TRUE(tokenizer.decode(*ids).ok());
    }
  }
}

TEST(LongText, ReplacementsDoNotGrowWithoutBounds) {
  Json steps = Json::array();
  for (int i = 0; i < 60; ++i) {
    steps.push_back({{"type", "Replace"},
                     {"pattern", {{"String", "a"}}},
                     {"content", "aa"}});
  }
  const Json file = {
      {"normalizer", {{"type", "Sequence"}, {"normalizers", steps}}},
      {"decoder", {{"type", "Sequence"}, {"decoders", steps}}},
      {"model",
       {{"type", "BPE"}, {"vocab", {{"a", 0}}}, {"merges", Json::array()}}}};
  HFTokenizer tokenizer;
  ASSERT_EQ(tokenizer.load_from_memory(file.dump()), Error::Ok);
  EXPECT_EQ(tokenizer.encode("a").error(), Error::EncodeFailure);
  EXPECT_EQ(tokenizer.decode({0}).error(), Error::DecodeFailure);
  EXPECT_EQ(tokenizer.decode(0, 0).error(), Error::DecodeFailure);
}

}  // namespace
}  // namespace tokenizers
