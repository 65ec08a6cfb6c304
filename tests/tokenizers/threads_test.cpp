// One tokenizer, many threads. ThreadSanitizer runs this too.

#include <pytorch/tokenizers/hf_tokenizer.h>

#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tokenizers/golden_files.h"

namespace tokenizers {
namespace {

constexpr std::size_t kThreads = 4;
/// Every so many'th of the texts.
constexpr std::size_t kStride = 200;

struct Answer {
  std::vector<uint64_t> ids;
  std::string text;
  bool operator==(const Answer&) const = default;
};

Answer answer(const HFTokenizer& tokenizer, const std::string& text) {
  const auto ids = tokenizer.encode(text, 1, 1);
  if (!ids.ok()) return {};
  const auto decoded = tokenizer.decode(*ids);
  return {*ids, decoded.ok() ? *decoded : ""};
}

HFTokenizer loaded(const std::string& json) {
  HFTokenizer tokenizer;
  EXPECT_EQ(tokenizer.load_from_memory(json, "t.json"), Error::Ok)
      << tokenizer.failure();
  return tokenizer;
}

std::vector<std::string> some_strings() {
  const std::vector<std::string> all = golden_strings();
  std::vector<std::string> some;
  for (std::size_t i = 0; i < all.size(); i += kStride) some.push_back(all[i]);
  return some;
}

/// Compares what threads that share a tokenizer, each with the texts in an
/// order of its own, get with what one that has a tokenizer to itself gets.
void expect_same_on_threads(const std::string& json,
                            const std::vector<std::string>& texts) {
  const HFTokenizer alone = loaded(json);
  std::vector<Answer> expected;
  expected.reserve(texts.size());
  for (const auto& text : texts) expected.push_back(answer(alone, text));

  const HFTokenizer shared = loaded(json);
  std::vector<std::vector<Answer>> answers(kThreads);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::vector<Answer> mine(texts.size());
      for (std::size_t i = 0; i < texts.size(); ++i) {
        const std::size_t at = (i + t * texts.size() / kThreads) % texts.size();
        mine[at] = answer(shared, texts[at]);
      }
      answers[t] = std::move(mine);
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& of_thread : answers) EXPECT_TRUE(of_thread == expected);
}

TEST(Threads, ShareATokenizerOfEveryKind) {
  const auto components = nlohmann::json::parse(read_golden("components.json"));
  const auto texts = some_strings();
  ASSERT_FALSE(components.empty());
  ASSERT_FALSE(texts.empty());
  for (const auto& component : components) {
    SCOPED_TRACE(component.at("name").get<std::string>());
    expect_same_on_threads(component.at("tokenizer").dump(), texts);
  }
}

TEST(Threads, ShareALargeVocabulary) {
  expect_same_on_threads(smollm2_json(), golden_strings());
}

}  // namespace
}  // namespace tokenizers
