// Ids and texts of the formats other than tokenizer.json are those of
// `tiktoken` and `sentencepiece`: see tests/golden/make_tokenizer_format_
// goldens.py, which also made the files.

#include <pytorch/tokenizers/llama2c_tokenizer.h>
#include <pytorch/tokenizers/sentencepiece.h>
#include <pytorch/tokenizers/tekken.h>
#include <pytorch/tokenizers/tiktoken.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "gtest/gtest.h"
#include "support/temporary_directory.h"
#include "tokenizers/golden_files.h"
#include "tokenizers/text/utf8.h"

namespace tokenizers {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kHashDigits = 8;
/// The goldens have every so many'th text.
constexpr std::size_t kStride = 10;

std::unique_ptr<PipelineTokenizer> loaded(const std::string& name) {
  auto tokenizer = tokenizer_for(name);
  EXPECT_EQ(tokenizer->load(format_path(name)), Error::Ok)
      << tokenizer->failure();
  return tokenizer;
}

/// The texts as the libraries got them.
std::vector<std::string> texts_for(const std::string& name) {
  const std::vector<std::string> all = golden_strings();
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < all.size(); i += kStride) {
    std::string text = pipeline::replace_invalid_utf8(all[i]);
    // llama2.c has no special way with these.
    const bool differs = text.find('\0') != std::string::npos ||
                         text.find("\xe2\x96\x81") != std::string::npos;
    if (name.starts_with("llama2c") && differs) text.clear();
    texts.push_back(std::move(text));
  }
  return texts;
}

std::string name_of_test(const testing::TestParamInfo<const char*>& info) {
  std::string name = info.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '.'; }, '_');
  return name;
}

class TokenizerFormat : public testing::TestWithParam<const char*> {
 protected:
  static Json golden() {
    std::ifstream file(format_path("goldens.json"));
    const Json goldens = Json::parse(file);
    for (const Json& entry : goldens) {
      if (entry.at("name") == GetParam()) return entry;
    }
    throw std::runtime_error(std::string("no golden for ") + GetParam());
  }
};

TEST_P(TokenizerFormat, GivesTheIdsAndTextsOfItsLibrary) {
  const Json expected = golden();
  const auto ids_hashes = expected.at("ids").get<std::string>();
  const auto text_hashes = expected.at("texts").get<std::string>();
  const std::vector<std::string> texts = texts_for(GetParam());
  ASSERT_EQ(ids_hashes.size(), texts.size() * kHashDigits);
  const auto tokenizer = loaded(GetParam());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto ids = tokenizer->encode(texts[i]);
    ASSERT_TRUE(ids.ok()) << texts[i];
    EXPECT_EQ(hash_of_ids(*ids),
              ids_hashes.substr(i * kHashDigits, kHashDigits))
        << "'" << texts[i] << "' became " << testing::PrintToString(*ids);
    const auto text = tokenizer->decode(*ids);
    ASSERT_TRUE(text.ok()) << texts[i];
    EXPECT_EQ(hash_of_text(*text),
              text_hashes.substr(i * kHashDigits, kHashDigits))
        << "'" << texts[i] << "' came back as '" << *text << "'";
    if (HasFailure()) break;
  }
}

INSTANTIATE_TEST_SUITE_P(All, TokenizerFormat, testing::ValuesIn(kFormatFiles),
                         &name_of_test);

TEST_P(TokenizerFormat, PutsBosAndEosAroundASequence) {
  const auto tokenizer = loaded(GetParam());
  ASSERT_LT(tokenizer->bos_tok(), tokenizer->vocab_size());
  ASSERT_LT(tokenizer->eos_tok(), tokenizer->vocab_size());
  const auto plain = tokenizer->encode("free");
  auto framed = tokenizer->encode("free", /*bos=*/1, /*eos=*/2);
  ASSERT_TRUE(plain.ok() && framed.ok());
  std::vector<uint64_t> expected = {tokenizer->bos_tok()};
  expected.insert(expected.end(), plain->begin(), plain->end());
  expected.insert(expected.end(), 2, tokenizer->eos_tok());
  EXPECT_EQ(*framed, expected);
}

TEST_P(TokenizerFormat, StreamsTheTextOfASequence) {
  const auto tokenizer = loaded(GetParam());
  for (const char* text : {"Menschen sind frei", "free and equal"}) {
    const auto ids = tokenizer->encode(text);
    ASSERT_TRUE(ids.ok());
    std::string streamed;
    uint64_t previous = tokenizer->bos_tok();
    for (const uint64_t id : *ids) {
      const auto piece = tokenizer->decode(previous, id);
      ASSERT_TRUE(piece.ok());
      streamed += *piece;
      previous = id;
    }
    EXPECT_EQ(streamed, *tokenizer->decode(*ids));
  }
}

TEST_P(TokenizerFormat, NamesEachTokenByItsPiece) {
  const auto tokenizer = loaded(GetParam());
  int found = 0;
  for (int32_t id = 0; id < tokenizer->vocab_size(); ++id) {
    const auto piece = tokenizer->id_to_piece(id);
    ASSERT_TRUE(piece.ok()) << id;
    const auto back = tokenizer->piece_to_id(*piece);
    ASSERT_TRUE(back.ok()) << *piece;
    found += *back == static_cast<uint64_t>(id);
  }
  // llama2.c pads its vocabulary with equal pieces.
  EXPECT_GE(found + 3, tokenizer->vocab_size());
  EXPECT_EQ(tokenizer->id_to_piece(1'000'000).error(), Error::OutOfRange);
}

/// Files that are made here.
class FormatErrors : public testing::Test {
 protected:
  std::string write(const std::string& content) {
    const std::string path = directory_.path() / "tokenizer";
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

  /// The sentence of a tokenizer that refuses `content`.
  std::string refusal(Tokenizer&& tokenizer, const std::string& content) {
    const std::string path = write(content);
    EXPECT_EQ(tokenizer.load(path), Error::ParseFailure);
    EXPECT_FALSE(tokenizer.is_loaded());
    EXPECT_NE(tokenizer.failure().find(path), std::string::npos);
    return tokenizer.failure();
  }

  static std::string content_of(const std::string& name) {
    std::ifstream file(format_path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  static void expect_part(const std::string& sentence,
                          const std::string& part) {
    EXPECT_NE(sentence.find(part), std::string::npos) << sentence;
  }

  etllm::TemporaryDirectory directory_;
};

TEST_F(FormatErrors, OfTiktokenNameTheLine) {
  expect_part(refusal(Tiktoken(), "IQ== 0\nIg== one\n"), "line 2");
  expect_part(refusal(Tiktoken(), "IQ== 0\n!!!! 1\n"), "base64");
  expect_part(refusal(Tiktoken(), "IQ== 0\nIg== 0\n"), "the rank 0");
  expect_part(refusal(Tiktoken(), "IQ== 0\nIg== 4000000000\n"), "too large");
  expect_part(refusal(Tiktoken(), "IQ== 0\n"), "single byte 0");
}

TEST_F(FormatErrors, OfTiktokenTellWhatTheCallerGotWrong) {
  const std::string ranks = content_of("llama3.tiktoken");
  expect_part(refusal(Tiktoken({"<s>"}, 0, 1), ranks), "only 1 are given");
  expect_part(refusal(Tiktoken("(", {"<s>", "</s>"}, 0, 1), ranks), "(");
  std::string gap = ranks;
  gap.erase(gap.rfind('\n', gap.size() - 2) - 20, 12);
  EXPECT_EQ(Tiktoken().load(write(gap)), Error::ParseFailure);
}

TEST_F(FormatErrors, OfTekkenNameTheField) {
  const Json good = Json::parse(content_of("tekken.json"));
  const auto without = [&good](const char* field) {
    Json json = good;
    json["config"].erase(field);
    return json.dump();
  };
  expect_part(refusal(Tekken(), "{"), "JSON");
  expect_part(refusal(Tekken(), without("pattern")), "'pattern'");
  expect_part(refusal(Tekken(), without("default_vocab_size")),
              "'default_vocab_size'");
  Json json = good;
  json["special_tokens"][1]["rank"] = 0;
  expect_part(refusal(Tekken(), json.dump()), "special_tokens");
  json = good;
  json["vocab"][300]["token_bytes"] = "?";
  expect_part(refusal(Tekken(), json.dump()), "base64");
}

TEST_F(FormatErrors, OfSentencePieceSayWhatIsWrong) {
  const std::string good = content_of("sp_llama.model");
  expect_part(refusal(SPTokenizer(), good.substr(0, good.size() - 9)),
              "cut off");
  const std::string piece =
      "\x0a\x05\x0a\x03"
      "abc";
  expect_part(refusal(SPTokenizer(), piece), "0 unknown pieces");
  expect_part(refusal(SPTokenizer(), piece + piece), "there twice");
  const std::string unknown = "\x0a\x07\x0a\x03<0>\x18\x02";
  const std::string words = "\x12\x02\x18\x03";
  expect_part(refusal(SPTokenizer(), unknown + words), "only BPE and Unigram");
}

TEST_F(FormatErrors, OfLlama2cSayThatTheListDoesNotEnd) {
  std::string cut = content_of("llama2c.bin");
  cut.pop_back();
  expect_part(refusal(Llama2cTokenizer(), cut), "list of scores");
}

TEST_F(FormatErrors, OfAFileThatIsMissingNameIt) {
  SPTokenizer tokenizer;
  EXPECT_EQ(tokenizer.load("no/such/tokenizer.model"), Error::LoadFailure);
  expect_part(tokenizer.failure(), "no/such/tokenizer.model");
  EXPECT_EQ(tokenizer.encode("text").error(), Error::Uninitialized);
}

}  // namespace
}  // namespace tokenizers
