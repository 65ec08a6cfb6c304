// Ids and texts are those of Hugging Face's library.

#include <pytorch/tokenizers/hf_tokenizer.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "gtest/gtest.h"
#include "tokenizers/formats/tokenizer_json.h"
#include "tokenizers/golden_files.h"
#include "tokenizers/pipeline.h"
#include "tokenizers/text/byte_alphabet.h"
#include "tokenizers/text/utf8.h"

namespace tokenizers {
namespace {

using Json = nlohmann::json;
using Ids = std::vector<uint64_t>;

constexpr std::size_t kHashDigits = 8;
/// The components see every so many'th text.
constexpr std::size_t kStride = 25;
/// Enough to see what is wrong.
constexpr int kMaxReports = 5;

/// What a tokenizer makes of texts, against the goldens.
class Comparison {
 public:
  Comparison(const HFTokenizer& tokenizer, const Json& golden)
      : tokenizer_(tokenizer),
        ids_(golden.at("ids").get<std::string>()),
        texts_(golden.at("texts").get<std::string>()) {}

  void run(const std::vector<std::string>& texts) {
    ASSERT_EQ(ids_.size(), texts.size() * kHashDigits);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      check(texts[i], ids_.substr(i * kHashDigits, kHashDigits),
            texts_.substr(i * kHashDigits, kHashDigits));
    }
    EXPECT_EQ(failures_, 0) << "of " << texts.size();
  }

 private:
  void check(const std::string& text, const std::string& ids_hash,
             const std::string& text_hash) {
    const auto ids = tokenizer_.encode(text);
    ASSERT_TRUE(ids.ok()) << text;
    const auto decoded = tokenizer_.decode(*ids);
    ASSERT_TRUE(decoded.ok()) << text;
    const bool same_ids = hash_of_ids(*ids) == ids_hash;
    const bool same_text = hash_of_text(*decoded) == text_hash;
    if (same_ids && same_text) return;
    if (++failures_ > kMaxReports) return;
    EXPECT_TRUE(same_ids) << "'" << text << "' became "
                          << testing::PrintToString(*ids);
    EXPECT_TRUE(same_text) << "'" << text << "' came back as '" << *decoded
                           << "'";
  }

  const HFTokenizer& tokenizer_;
  std::string ids_;
  std::string texts_;
  int failures_ = 0;
};

HFTokenizer loaded(const std::string& json, const std::string& name) {
  HFTokenizer tokenizer;
  EXPECT_EQ(tokenizer.load_from_memory(json, name), Error::Ok)
      << tokenizer.failure();
  return tokenizer;
}

std::vector<std::string> component_strings() {
  const std::vector<std::string> all = golden_strings();
  std::vector<std::string> some;
  for (std::size_t i = 0; i < all.size(); i += kStride) some.push_back(all[i]);
  return some;
}

/// The pieces of a stream, put together.
std::string streamed(const HFTokenizer& tokenizer, const Ids& ids) {
  std::string text;
  uint64_t previous = Tokenizer::kNoToken;
  for (const uint64_t id : ids) {
    text += *tokenizer.decode(previous, id);
    previous = id;
  }
  return text;
}

TEST(Golden, SmolLM2MakesTheSameIdsAndTexts) {
  const HFTokenizer tokenizer = loaded(smollm2_json(), "SmolLM2");
  const std::vector<std::string> texts = golden_strings();
  ASSERT_GE(texts.size(), 10000U);
  Comparison(tokenizer, Json::parse(read_golden("smollm2.json"))).run(texts);
}

/// Whether the vocabulary has a piece for every byte of `text`; the others are
/// lost.
bool has_all_bytes(const HFTokenizer& tokenizer, const std::string& text) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    const auto spelled =
        pipeline::byte_to_character(static_cast<unsigned char>(c));
    return tokenizer.piece_to_id(std::string(spelled)).ok();
  });
}

TEST(Golden, SmolLM2GivesTextsBack) {
  const HFTokenizer tokenizer = loaded(smollm2_json(), "SmolLM2");
  int compared = 0;
  for (const std::string& text : golden_strings()) {
    const std::string valid = pipeline::replace_invalid_utf8(text);
    if (!has_all_bytes(tokenizer, valid)) continue;
    const auto ids = tokenizer.encode(text);
    ASSERT_TRUE(ids.ok());
    ASSERT_EQ(*tokenizer.decode(*ids), valid);
    ASSERT_EQ(streamed(tokenizer, *ids), valid);
    ++compared;
  }
  EXPECT_GT(compared, 8000);
}

TEST(Golden, EveryComponentMakesTheSameIdsAndTexts) {
  const std::vector<std::string> texts = component_strings();
  for (const Json& golden : Json::parse(read_golden("components.json"))) {
    const auto name = golden.at("name").get<std::string>();
    SCOPED_TRACE(name);
    const HFTokenizer tokenizer = loaded(golden.at("tokenizer").dump(), name);
    Comparison(tokenizer, golden).run(texts);
  }
}

TEST(Golden, PostProcessorsPutTheSameTokensAroundASequence) {
  for (const Json& golden : Json::parse(read_golden("components.json"))) {
    SCOPED_TRACE(golden.at("name").get<std::string>());
    auto file = pipeline::parse_tokenizer_json(golden.at("tokenizer").dump());
    ASSERT_TRUE(file.ok()) << file.status().message();
    const auto built = pipeline::Pipeline::build(*std::move(file));
    ASSERT_TRUE(built.ok()) << built.status().message();
    std::vector<pipeline::Id> frame = built->frame().before;
    frame.insert(frame.end(), built->frame().after.begin(),
                 built->frame().after.end());
    EXPECT_EQ(frame, golden.at("frame").get<std::vector<pipeline::Id>>());
  }
}

/// Whether a stream can give what the whole does: replacements, clean-ups and
/// unknown tokens that reach over several tokens are not seen in one.
bool streams_exactly(const std::string& name, const std::string& whole) {
  if (whole.find("\xef\xbf\xbd") != std::string::npos) return false;
  return name.find("bert") == std::string::npos && name != "short words";
}

TEST(Golden, StreamsGiveWhatTheWholeDoes) {
  const std::vector<std::string> texts = component_strings();
  int compared = 0;
  for (const Json& golden : Json::parse(read_golden("components.json"))) {
    const auto name = golden.at("name").get<std::string>();
    SCOPED_TRACE(name);
    const HFTokenizer tokenizer = loaded(golden.at("tokenizer").dump(), name);
    for (const std::string& text : texts) {
      const auto ids = tokenizer.encode(text);
      ASSERT_TRUE(ids.ok());
      const auto whole = tokenizer.decode(*ids);
      ASSERT_TRUE(whole.ok());
      if (!streams_exactly(name, *whole)) continue;
      ASSERT_EQ(streamed(tokenizer, *ids), *whole);
      ++compared;
    }
  }
  EXPECT_GT(compared, 10000);
}

}  // namespace
}  // namespace tokenizers
