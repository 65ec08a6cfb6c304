#include <pytorch/tokenizers/hf_tokenizer.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "support/temporary_directory.h"

namespace tokenizers {
namespace {

using Ids = std::vector<uint64_t>;

/// A byte-level tokenizer of seven pieces and two added tokens.
constexpr const char* kByteLevel = R"({
  "added_tokens": [
    {"id": 7, "content": "<bos>", "special": true, "normalized": false},
    {"id": 8, "content": "<end>", "special": true, "normalized": false}],
  "normalizer": null,
  "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
  "post_processor": {"type": "TemplateProcessing",
    "single": [{"SpecialToken": {"id": "<bos>", "type_id": 0}},
               {"Sequence": {"id": "A", "type_id": 0}}],
    "pair": [],
    "special_tokens": {"<bos>": {"id": "<bos>", "ids": [7],
                                 "tokens": ["<bos>"]}}},
  "decoder": {"type": "ByteLevel"},
  "model": {"type": "BPE",
    "vocab": {"a": 0, "b": 1, "Ġ": 2, "ab": 3, "Ġab": 4, "Ã": 5, "©": 6},
    "merges": ["a b", "Ġ ab"]}})";

HFTokenizer loaded(const char* json, const char* config = "") {
  HFTokenizer tokenizer;
  EXPECT_EQ(tokenizer.load_from_memory(json, "t.json", config), Error::Ok)
      << tokenizer.failure();
  return tokenizer;
}

TEST(HFTokenizer, EncodesByMerges) {
  const HFTokenizer tokenizer = loaded(kByteLevel);
  EXPECT_EQ(*tokenizer.encode("ab abba"), (Ids{3, 4, 1, 0}));
  EXPECT_EQ(*tokenizer.encode(""), Ids{});
}

TEST(HFTokenizer, FindsAddedTokensInTheText) {
  const HFTokenizer tokenizer = loaded(kByteLevel);
  EXPECT_EQ(*tokenizer.encode("ab<end>ab"), (Ids{3, 8, 3}));
}

TEST(HFTokenizer, PutsBosInFrontAndEosBehindOnRequest) {
  HFTokenizer tokenizer =
      loaded(kByteLevel, R"({"eos_token": {"content": "<end>"}})");
  EXPECT_TRUE(tokenizer.adds_bos());
  EXPECT_EQ(tokenizer.bos_tok(), 7U);
  EXPECT_EQ(tokenizer.eos_tok(), 8U);
  EXPECT_EQ(*tokenizer.encode("a", 1, 1), (Ids{7, 0, 8}));
  EXPECT_EQ(*tokenizer.encode("a", 2, 0), (Ids{7, 7, 0}));
  tokenizer.set_bos_eos(Tokenizer::kNoToken, 2);
  EXPECT_FALSE(tokenizer.adds_bos());
  EXPECT_EQ(*tokenizer.encode("a", 1, 1), (Ids{0, 2}));
}

TEST(HFTokenizer, StreamsBytesAndDecodesSequences) {
  const HFTokenizer tokenizer = loaded(kByteLevel);
  EXPECT_EQ(*tokenizer.decode(4, 5), "\xc3");
  EXPECT_EQ(*tokenizer.decode(5, 6), "\xa9");
  EXPECT_EQ(*tokenizer.decode({4, 5, 6, 8}), " ab\xc3\xa9<end>");
  EXPECT_EQ(*tokenizer.decode({4, 5, 8}, true), " ab\xef\xbf\xbd");
  EXPECT_EQ(*tokenizer.decode(0, 8, true), "");
  EXPECT_EQ(tokenizer.decode(0, 9).error(), Error::OutOfRange);
}

TEST(HFTokenizer, KnowsItsPieces) {
  const HFTokenizer tokenizer = loaded(kByteLevel);
  EXPECT_EQ(tokenizer.vocab_size(), 9);
  EXPECT_EQ(*tokenizer.id_to_piece(4), "Ġab");
  EXPECT_EQ(*tokenizer.piece_to_id("<end>"), 8U);
  EXPECT_EQ(tokenizer.id_to_piece(9).error(), Error::OutOfRange);
  EXPECT_EQ(tokenizer.piece_to_id("zz").error(), Error::OutOfRange);
}

TEST(HFTokenizer, ReadsAFolderWithItsConfiguration) {
  const etllm::TemporaryDirectory directory;
  std::ofstream(directory.path() / "tokenizer.json") << kByteLevel;
  std::ofstream(directory.path() / "tokenizer_config.json")
      << R"({"bos_token": "<bos>", "eos_token": null,
             "model_max_length": 1000000000000000019884624838656})";
  std::ofstream(directory.path() / "special_tokens_map.json")
      << R"({"eos_token": "<end>"})";
  HFTokenizer tokenizer;
  ASSERT_EQ(tokenizer.load(directory.path().string()), Error::Ok)
      << tokenizer.failure();
  EXPECT_EQ(tokenizer.eos_tok(), 8U);
}

TEST(HFTokenizer, SaysWhyAFileCannotBeUsed) {
  HFTokenizer tokenizer = loaded(kByteLevel);
  EXPECT_EQ(tokenizer.load("/nowhere/tokenizer.json"), Error::LoadFailure);
  EXPECT_NE(tokenizer.failure().find("/nowhere/tokenizer.json"),
            std::string::npos);
  EXPECT_FALSE(tokenizer.is_loaded());
  EXPECT_EQ(tokenizer.encode("a").error(), Error::Uninitialized);
  EXPECT_EQ(tokenizer.decode(0, 0).error(), Error::Uninitialized);

  EXPECT_EQ(tokenizer.load_from_memory("{", "x.json"), Error::ParseFailure);
  EXPECT_NE(tokenizer.failure().find("x.json"), std::string::npos);

  const char* unknown = R"({"model": {"type": "Magic", "vocab": {}}})";
  EXPECT_EQ(tokenizer.load_from_memory(unknown), Error::ParseFailure);
  EXPECT_NE(tokenizer.failure().find("'Magic'"), std::string::npos);
}

TEST(HFTokenizer, SaysWhatIsWrongWithTheJson) {
  const std::string model = R"("model": {"type": "BPE", "merges": [], )";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "it is empty"},
      {"[]", "not a JSON object"},
      {"{" + model + R"("vocab": {"a": 0}})", "bracket, a comma or a value"},
      {"{" + model + R"("vocab": {"a": 0,}}})", "bracket, a comma or a value"},
      {"{" + model + R"("vocab": {"a": 0}}} {})", "a value is missing or out"},
      {"{" + model + R"("vocab": {"a)", "a text does not end"},
      {"{" + model + "\"vocab\": {\"\xff\": 0}}}", "a text is not UTF-8"},
      {"{" + model + "\"vocab\": {\"\xed\xa0\x80\": 0}}}", "not UTF-8"},
      {"{" + model + R"("vocab": {"\ud800": 0}}})", "a malformed escape"},
      {"{" + model + R"("vocab": {"\udc00": 0}}})", "a malformed escape"},
      {"{" + model + "\"vocab\": {\"\n\": 0}}}", "a bare control character"},
      {"{" + model + R"("vocab": {"a": 01}}})", "a number is malformed"},
      {"{" + model + R"("vocab": {"a": 99999999999999999999}}})", "too large"},
      {"{" + model + R"("vocab": {"a": 4294967296}}})", "pieces and numbers"},
      {"{" + model + R"("vocab": {"a": 0.5}}})", "pieces and numbers"},
      {"{" + model + R"("vocab": {"a": -1}}})", "pieces and numbers"},
      {"{" + model + R"("vocab": {"a": {}}}})", "pieces and numbers"},
      {"{" + model + R"("vocab": [["a", 0, 0]]}})", "pieces and numbers"},
      {"{" + model + R"("vocab": [["a"]]}})", "pieces and numbers"},
      {R"({"model": {"type": "BPE", "vocab": {}, "merges": [["a"]]}})",
       "not a list of merges"},
      {R"({"model": {"type": "BPE", "vocab": {}, "merges": [null]}})",
       "not a list of merges"},
      {R"({"model": {"type": "BPE", "vocab": {}, "merges": ["a b c"]}})",
       "not two pieces: 'a b c'"},
  };
  for (const auto& [json, sentence] : cases) {
    HFTokenizer tokenizer;
    EXPECT_EQ(tokenizer.load_from_memory(json, "x.json"), Error::ParseFailure)
        << json;
    EXPECT_NE(tokenizer.failure().find("'x.json' cannot be used: "),
              std::string::npos);
    EXPECT_NE(tokenizer.failure().find(sentence), std::string::npos)
        << json << ": " << tokenizer.failure();
  }
}

TEST(HFTokenizer, RefusesWhatIsNestedTooDeeply) {
  const auto nested = [](int depth) {
    return R"({"model": {"type": "BPE", "vocab": {}, "merges": []}, "x": )" +
           std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  HFTokenizer tokenizer;
  EXPECT_EQ(tokenizer.load_from_memory(nested(63)), Error::Ok);
  EXPECT_EQ(tokenizer.load_from_memory(nested(64)), Error::ParseFailure);
  EXPECT_NE(tokenizer.failure().find("nested too deeply"), std::string::npos);
}

TEST(HFTokenizer, SaysWhatIsWrongWithTheConfiguration) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{", "not valid JSON"},
      {"[]", "not a JSON object"},
      {R"({"x": )" + std::string(70, '[') + std::string(70, ']') + "}",
       "nested too deeply"},
  };
  for (const auto& [config, sentence] : cases) {
    HFTokenizer tokenizer;
    EXPECT_EQ(tokenizer.load_from_memory(kByteLevel, "x", config),
              Error::ParseFailure);
    EXPECT_NE(tokenizer.failure().find("tokenizer_config.json of x"),
              std::string::npos);
    EXPECT_NE(tokenizer.failure().find(sentence), std::string::npos)
        << tokenizer.failure();
  }
}

TEST(HFTokenizer, OfEqualKeysTheLastCounts) {
  const HFTokenizer tokenizer = loaded(
      "\xEF\xBB\xBF"
      R"({"model": {"type": "Magic", "vocab": {"a": 3}},)"
      R"( "model": {"type": "BPE", "vocab": {"b": 7}, "merges": [],)"
      R"( "vocab": {"a": 0, "a": 1}}})");
  EXPECT_EQ(tokenizer.vocab_size(), 1);
  EXPECT_EQ(tokenizer.piece_to_id("a").get(), 1U);
  EXPECT_FALSE(tokenizer.id_to_piece(0).ok());
}

}  // namespace
}  // namespace tokenizers
