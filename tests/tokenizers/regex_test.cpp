#include "tokenizers/text/regex.h"

#include <string>

#include "gtest/gtest.h"

namespace tokenizers::pipeline {
namespace {

std::vector<std::string> matches_of(std::string_view pattern,
                                    std::string_view text) {
  const auto regex = Regex::compile(pattern);
  EXPECT_TRUE(regex.ok()) << regex.status().message();
  std::vector<Span> spans;
  EXPECT_TRUE(regex->find_all(text, spans).ok());
  std::vector<std::string> matches;
  for (const Span& span : spans) {
    matches.emplace_back(text.substr(span.begin, span.end - span.begin));
  }
  return matches;
}

using Texts = std::vector<std::string>;

TEST(Regex, ReadsPatternsAsOnigurumaDoes) {
  EXPECT_EQ(matches_of(R"(\h+)", "xfAz"), (Texts{"fA"}));
  EXPECT_EQ(matches_of(R"(a{,2}b)", "aaab b"), (Texts{"aab", "b"}));
  EXPECT_EQ(matches_of(R"((?m:a.b))", "a\nb"), (Texts{"a\nb"}));
  EXPECT_EQ(matches_of("a{2}+", "aaaaa"), (Texts{"aaaa"}));
  EXPECT_EQ(matches_of(R"([^\W\d]+)", "ab1-c"), (Texts{"ab", "c"}));
  EXPECT_EQ(matches_of(R"([\W1]+)", "ab1-c"), (Texts{"1-"}));
  EXPECT_EQ(matches_of("^b$", "a\nb\nc"), (Texts{"b"}));
  EXPECT_EQ(matches_of("\\p{Letter}", "1a"), (Texts{"a"}));
}

TEST(Regex, FindsMatchesFarApart) {
  const std::string text =
      std::string(100000, '-') + "x" + std::string(50000, '-') + "x";
  EXPECT_EQ(matches_of("x", text), (Texts{"x", "x"}));
}

TEST(Regex, SaysWhatIsWrongWithAPattern) {
  EXPECT_EQ(Regex::compile("(").status().code(),
            etllm::StatusCode::kInvalidData);
  for (const char* pattern : {"[a[bc]]", "[a&&b]", "(?~ab)", "[a"}) {
    EXPECT_EQ(Regex::compile(pattern).status().code(),
              etllm::StatusCode::kNotSupported)
        << pattern;
  }
}

// Without bounds, each of these takes longer than anybody waits.
TEST(Regex, GivesUpOnPatternsThatTakeTooLong) {
  const std::string text(30000, 'a');
  for (const char* pattern :
       {"(a*)*[bc]", "(a|aa)+[bc]", "(a|a?)+[bc]", "(.*)*\\d"}) {
    const auto regex = Regex::compile(pattern);
    ASSERT_TRUE(regex.ok());
    std::vector<Span> spans;
    EXPECT_EQ(regex->find_all(text, spans).code(),
              etllm::StatusCode::kCancelled)
        << pattern;
  }
}

}  // namespace
}  // namespace tokenizers::pipeline
