// Files that were damaged: a failure with a sentence, or a tokenizer that
// works, but never a crash. The sanitizers look for the rest.

#include <pytorch/tokenizers/hf_tokenizer.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "gtest/gtest.h"
#include "support/temporary_directory.h"
#include "tokenizers/golden_files.h"

namespace tokenizers {
namespace {

using Json = nlohmann::json;

constexpr int kMutationsPerFile = 40;

/// Pieces of JSON that break what stands beside them.
constexpr const char* kInsertions[] = {
    "\"",      "{",          "}",
    "[",       "]",          ",",
    ":",       "null",       "-1",
    "1e99",    "4294967295", "99999999999999999999",
    "\\u0000", "\xff",       "\"type\":\"Sequence\",",
    "\\p{L}+", "(a*)*b",     "\\",
    "true",    "\"\"",
};

class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  std::string mutate(std::string text) {
    const std::size_t count = 1 + below(3);
    for (std::size_t i = 0; i < count && !text.empty(); ++i) mutate_once(text);
    return text;
  }

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }

  void mutate_once(std::string& text) {
    const std::size_t at = below(text.size());
    switch (below(6)) {
      case 0:
        text[at] = static_cast<char>(below(256));
        break;
      case 1:
        text[at] = static_cast<char>(text[at] ^ (1U << below(8)));
        break;
      case 2:
        text.resize(at);
        break;
      case 3:
        text.erase(at, 1 + below(20));
        break;
      case 4:
        text.insert(at, kInsertions[below(std::size(kInsertions))]);
        break;
      default:
        text.insert(at, text.substr(below(text.size()), 1 + below(40)));
        break;
    }
  }

  std::mt19937 random_;
};

/// Uses whatever could be loaded.
void use(const PipelineTokenizer& tokenizer) {
  const std::string text = " Hello\xc3\xa9 w\xf0\x9f\x98\x80rld 123\n\xff<s>";
  const auto ids = tokenizer.encode(text, 1, 1);
  if (!ids.ok()) return;
  (void)tokenizer.decode(*ids);
  uint64_t previous = Tokenizer::kNoToken;
  for (const uint64_t id : *ids) {
    (void)tokenizer.decode(previous, id);
    previous = id;
  }
}

TEST(Mutation, DamagedFilesAreRefusedOrWork) {
  Mutator mutator(7);
  int refused = 0;
  int total = 0;
  for (const Json& golden : Json::parse(read_golden("components.json"))) {
    const std::string json = golden.at("tokenizer").dump();
    for (int i = 0; i < kMutationsPerFile; ++i, ++total) {
      HFTokenizer tokenizer;
      const Error error =
          tokenizer.load_from_memory(mutator.mutate(json), "damaged.json");
      if (error == Error::Ok) {
        EXPECT_TRUE(tokenizer.failure().empty());
        use(tokenizer);
      } else {
        ++refused;
        EXPECT_EQ(error, Error::ParseFailure);
        EXPECT_NE(tokenizer.failure().find("damaged.json"), std::string::npos);
      }
    }
  }
  EXPECT_GE(total, 2000);
  EXPECT_GT(refused, total / 4);
}

TEST(Mutation, DamagedFilesOfOtherFormatsAreRefusedOrWork) {
  const etllm::TemporaryDirectory directory;
  const std::string path = directory.path() / "damaged";
  Mutator mutator(11);
  int refused = 0;
  for (const char* name : kFormatFiles) {
    std::ifstream file(format_path(name), std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    for (int i = 0; i < kMutationsPerFile; ++i) {
      std::ofstream(path, std::ios::binary) << mutator.mutate(content);
      const auto tokenizer = tokenizer_for(name);
      if (tokenizer->load(path) == Error::Ok) {
        use(*tokenizer);
      } else {
        ++refused;
        EXPECT_NE(tokenizer->failure().find(path), std::string::npos);
      }
    }
  }
  EXPECT_GT(refused, 100);
}

TEST(Mutation, EveryShortStartOfAFileIsRefused) {
  const Json goldens = Json::parse(read_golden("components.json"));
  const std::string json = goldens.at(0).at("tokenizer").dump();
  for (std::size_t size = 0; size < json.size(); size += 1 + size / 20) {
    HFTokenizer tokenizer;
    EXPECT_EQ(tokenizer.load_from_memory(json.substr(0, size)),
              Error::ParseFailure);
  }
}

TEST(Mutation, DeepNestingIsRefused) {
  std::string json = R"({"model": {"type": "BPE", "vocab": {}, "merges": []},)"
                     R"("normalizer": )";
  for (int i = 0; i < 100000; ++i) {
    json += R"({"type":"Sequence","normalizers":[)";
  }
  HFTokenizer tokenizer;
  EXPECT_EQ(tokenizer.load_from_memory(json), Error::ParseFailure);
}

}  // namespace
}  // namespace tokenizers
