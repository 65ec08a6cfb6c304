#include "tokenizers/pre_tokenizers/scanner.h"

#include <string>

#include "gtest/gtest.h"
#include "tokenizers/golden_files.h"
#include "tokenizers/text/regex.h"
#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {
namespace {

class ScannerTest : public testing::TestWithParam<std::string_view> {};

Words::List words_by_regex(const Regex& regex, std::string_view text) {
  std::vector<Span> matches;
  EXPECT_TRUE(regex.find_all(text, matches).ok());
  Words::List words;
  for (const Span& match : matches) {
    words.push_back(text.substr(match.begin, match.end - match.begin));
  }
  return words;
}

TEST_P(ScannerTest, CutsAsTheRegularExpressionDoes) {
  const Scanner scanner = find_scanner(GetParam());
  ASSERT_NE(scanner, nullptr);
  const auto regex = Regex::compile(GetParam());
  ASSERT_TRUE(regex.ok()) << regex.status().message();
  for (const std::string& raw : golden_strings()) {
    const std::string text = replace_invalid_utf8(raw);
    Words::List words;
    scanner(text, words);
    ASSERT_EQ(words, words_by_regex(*regex, text)) << text;
  }
}

INSTANTIATE_TEST_SUITE_P(KnownPatterns, ScannerTest,
                         testing::Values(kGpt2Pattern, kLlama3Pattern,
                                         kQwen2Pattern));

TEST(Scanner, IsOnlyThereForKnownPatterns) {
  EXPECT_EQ(find_scanner(R"(\p{L}+)"), nullptr);
}

}  // namespace
}  // namespace tokenizers::pipeline
