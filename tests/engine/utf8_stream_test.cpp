#include "engine/utf8_stream.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace etllm::engine {
namespace {

constexpr auto kEuro = "\xE2\x82\xAC";
constexpr auto kGrin = "\xF0\x9F\x98\x80";
constexpr auto kReplacement = "\xEF\xBF\xBD";

/// `pattern` with U+FFFD for each question mark.
std::string replaced(std::string_view pattern) {
  std::string out;
  for (const char c : pattern) {
    out += c == '?' ? std::string(kReplacement) : std::string(1, c);
  }
  return out;
}

TEST(IncompleteUtf8Tail, CountsTheBytesOfAnUnfinishedCharacter) {
  EXPECT_EQ(incomplete_utf8_tail(""), 0U);
  EXPECT_EQ(incomplete_utf8_tail("abc"), 0U);
  EXPECT_EQ(incomplete_utf8_tail("a\xC3"), 1U);
  EXPECT_EQ(incomplete_utf8_tail("a\xE2\x82"), 2U);
  EXPECT_EQ(incomplete_utf8_tail("a\xF0\x9F\x98"), 3U);
  EXPECT_EQ(incomplete_utf8_tail(kEuro), 0U);
  EXPECT_EQ(incomplete_utf8_tail(kGrin), 0U);
}

TEST(IncompleteUtf8Tail, DoesNotWaitForWhatCannotBecomeACharacter) {
  EXPECT_EQ(incomplete_utf8_tail("\x82"), 0U) << "a lone continuation";
  EXPECT_EQ(incomplete_utf8_tail("\xC0"), 0U) << "an overlong lead";
  EXPECT_EQ(incomplete_utf8_tail("\xFF"), 0U) << "no lead at all";
  EXPECT_EQ(incomplete_utf8_tail("\xE0\x80"), 0U) << "an overlong form";
  EXPECT_EQ(incomplete_utf8_tail("\xED\xA0"), 0U) << "a surrogate";
  EXPECT_EQ(incomplete_utf8_tail("\xF4\x90"), 0U) << "above U+10FFFF";
  EXPECT_EQ(incomplete_utf8_tail("\x80\x80\x80\x80"), 0U);
}

TEST(Utf8Stream, JoinsACharacterThatComesByteByByte) {
  Utf8Stream stream;
  EXPECT_EQ(stream.push("a\xF0"), "a");
  EXPECT_EQ(stream.push("\x9F"), "");
  EXPECT_EQ(stream.push("\x98"), "");
  EXPECT_EQ(stream.push("\x80z"), std::string(kGrin) + "z");
  EXPECT_EQ(stream.flush(), "");
}

TEST(Utf8Stream, ReplacesWhatIsNoCharacter) {
  Utf8Stream stream;
  EXPECT_EQ(stream.push("\xC3"), "");
  EXPECT_EQ(stream.push("(\xFF"), replaced("?(?"));
}

TEST(Utf8Stream, ReplacesEachPartThatCouldHaveBegunACharacterOnce) {
  // The examples of Unicode 15, chapter 3.9, tables 3-8 to 3-11.
  const auto whole = [](std::string_view bytes) {
    Utf8Stream stream;
    std::string out(stream.push(bytes));
    out += stream.flush();
    return out;
  };
  EXPECT_EQ(whole("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41"),
            replaced("????????A"));
  EXPECT_EQ(whole("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41"),
            replaced("????????A"));
  EXPECT_EQ(whole("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42"),
            replaced("?????A??B"));
  EXPECT_EQ(whole("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"), replaced("????A"));
}

TEST(Utf8Stream, ReplacesABeginningThatIsNeverCompletedOnce) {
  Utf8Stream stream;
  EXPECT_EQ(stream.push("\xE2\x82"), "");
  EXPECT_EQ(stream.flush(), kReplacement);
  EXPECT_EQ(stream.flush(), "");
}

TEST(Utf8Stream, GivesTheSameTextWhereverTheBytesAreCut) {
  const std::string text =
      std::string("h\xC3\xA9") + kEuro + kGrin + "\xE2\x28\xED\xA0\x80\xC3";
  const std::string expected =
      std::string("h\xC3\xA9") + kEuro + kGrin + replaced("?(????");
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Utf8Stream stream;
    std::string out(stream.push(text.substr(0, cut)));
    out += stream.push(text.substr(cut));
    out += stream.flush();
    EXPECT_EQ(out, expected) << "cut at " << cut;
  }
}

}  // namespace
}  // namespace etllm::engine
