#include "tokenizers/text/newer_characters.h"

#include <array>
#include <cstddef>

#include "tokenizers/text/unicode.h"
#include "tokenizers/text/unicode_sets.h"
#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {
namespace {

constexpr std::size_t kCategories = static_cast<std::size_t>(Category::Cn) + 1;
constexpr char32_t kFirstOfThreeBytes = 0x800;
constexpr char32_t kFirstOfFourBytes = 0x10000;
constexpr char32_t kHan = 0x20000;

/// The first known character of each category, 0 where there is none.
using StandIns = std::array<char32_t, kCategories>;

StandIns find_stand_ins(char32_t from, char32_t to) {
  StandIns stand_ins{};
  for (char32_t code_point = from; code_point < to; ++code_point) {
    auto& stand_in =
        stand_ins[static_cast<std::size_t>(category_of(code_point))];
    if (stand_in == 0 && !is_newer_than_pcre2(code_point)) {
      stand_in = code_point;
    }
  }
  return stand_ins;
}

/// Extensions H and I of the unified ideographs.
bool is_new_han(char32_t code_point) {
  return (code_point >= 0x2ebf0 && code_point <= 0x2ee5d) ||
         (code_point >= 0x31350 && code_point <= 0x323af);
}

char32_t stand_in_of(char32_t code_point) {
  static const StandIns three_bytes =
      find_stand_ins(kFirstOfThreeBytes, kFirstOfFourBytes);
  static const StandIns four_bytes =
      find_stand_ins(kFirstOfFourBytes, 0x110000);
  if (is_new_han(code_point)) return kHan;
  const StandIns& stand_ins =
      code_point < kFirstOfFourBytes ? three_bytes : four_bytes;
  const char32_t found =
      stand_ins[static_cast<std::size_t>(category_of(code_point))];
  return found == 0 ? code_point : found;
}

}  // namespace

std::string with_older_characters(std::string_view text) {
  std::string result;
  std::size_t done = 0;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint character = decode_utf8(text.data() + at);
    // All of them take three or four bytes.
    if (character.length > 2 && is_newer_than_pcre2(character.value)) {
      result += text.substr(done, at - done);
      append_utf8(result, stand_in_of(character.value));
      done = at + character.length;
    }
    at += character.length;
  }
  if (done != 0) result += text.substr(done);
  return result;
}

}  // namespace tokenizers::pipeline
