#include "engine/stop_matcher.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace etllm::engine {
namespace {

std::string push_all(StopMatcher& matcher,
                     const std::vector<std::string>& pieces) {
  std::string out;
  for (const std::string& piece : pieces) out += matcher.push(piece);
  out += matcher.flush();
  return out;
}

TEST(StopMatcher, WithoutStopStringsHandsEverythingOnAtOnce) {
  StopMatcher matcher({});
  EXPECT_EQ(matcher.push("abc"), "abc");
  EXPECT_EQ(matcher.flush(), "");
  EXPECT_FALSE(matcher.matched());
}

TEST(StopMatcher, IgnoresEmptyStopStrings) {
  StopMatcher matcher({""});
  EXPECT_EQ(matcher.push("abc"), "abc");
  EXPECT_FALSE(matcher.matched());
}

TEST(StopMatcher, DeliversWhatStandsBeforeTheStopAndNothingAfter) {
  StopMatcher matcher({"END"});
  EXPECT_EQ(matcher.push("text END more"), "text ");
  EXPECT_TRUE(matcher.matched());
  EXPECT_EQ(matcher.push("again"), "");
  EXPECT_EQ(matcher.flush(), "");
}

TEST(StopMatcher, HoldsBackOnlyWhatMayBecomeAStop) {
  StopMatcher matcher({"END"});
  EXPECT_EQ(matcher.push("textE"), "text");
  EXPECT_EQ(matcher.push("N"), "");
  EXPECT_EQ(matcher.push("x"), "ENx");
  EXPECT_EQ(matcher.push("EEN"), "E");
  EXPECT_EQ(matcher.push("D!"), "");
  EXPECT_TRUE(matcher.matched());
}

TEST(StopMatcher, GivesBackAnUnfinishedStopAtTheEnd) {
  StopMatcher matcher({"END"});
  EXPECT_EQ(matcher.push("EN"), "");
  EXPECT_EQ(matcher.flush(), "EN");
  EXPECT_FALSE(matcher.matched());
}

TEST(StopMatcher, StopsAtTheFirstOfSeveralToBeComplete) {
  StopMatcher matcher({"cd", "bcx", "d"});
  EXPECT_EQ(push_all(matcher, {"ab", "c", "d"}), "ab");
  EXPECT_TRUE(matcher.matched());
}

TEST(StopMatcher, FindsAStopThatRepeatsItsOwnBeginning) {
  StopMatcher matcher({"aab"});
  EXPECT_EQ(push_all(matcher, {"a", "a", "a", "b"}), "a");
  EXPECT_TRUE(matcher.matched());
}

TEST(StopMatcher, NeverDeliversHalfACharacter) {
  // The stop begins with the second byte of the character.
  StopMatcher matcher({"\xA9!"});
  EXPECT_EQ(matcher.push("x\xC3\xA9"), "x");
  EXPECT_EQ(matcher.push("?"), "\xC3\xA9?");
}

/// The definition: as soon as the text ends with a stop, what stands before it.
std::string until_first_stop(const std::string& text,
                             const std::vector<std::string>& stops) {
  for (std::size_t end = 0; end <= text.size(); ++end) {
    const std::string seen = text.substr(0, end);
    std::size_t longest = 0;
    for (const std::string& stop : stops) {
      if (seen.ends_with(stop)) longest = std::max(longest, stop.size());
    }
    if (longest > 0) return seen.substr(0, end - longest);
  }
  return text;
}

TEST(StopMatcher, GivesTheSameTextWhereverThePiecesAreCut) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    const auto word = [&](std::size_t size) {
      std::string text;
      while (text.size() < size) {
        text += static_cast<char>('a' + random() % 2);
      }
      return text;
    };
    const std::vector<std::string> stops = {word(1 + random() % 5),
                                            word(3 + random() % 4)};
    const std::string text = word(1 + random() % 20);
    std::vector<std::string> pieces;
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t size = 1 + random() % 4;
      pieces.push_back(text.substr(i, size));
      i += size;
    }
    StopMatcher matcher(stops);
    const std::string expected = until_first_stop(text, stops);
    EXPECT_EQ(push_all(matcher, pieces), expected) << text;
    EXPECT_EQ(matcher.matched(), expected != text);
  }
}

}  // namespace
}  // namespace etllm::engine
