#include "chat/template/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>

namespace etllm::chat::jinja {
namespace {

utf8proc_category_t category_of(char32_t code_point) {
  if (code_point > 0x10FFFF) return UTF8PROC_CATEGORY_CN;
  return utf8proc_category(static_cast<utf8proc_int32_t>(code_point));
}

bool is_between(utf8proc_category_t category, utf8proc_category_t first,
                utf8proc_category_t last) {
  return category >= first && category <= last;
}

void append_folded(std::string& text, utf8proc_int32_t code_point) {
  constexpr utf8proc_ssize_t kLongestFolding = 4;
  std::array<utf8proc_int32_t, kLongestFolding> folded;
  int boundary_class = 0;
  const utf8proc_ssize_t count =
      utf8proc_decompose_char(code_point, folded.data(), kLongestFolding,
                              UTF8PROC_CASEFOLD, &boundary_class);
  for (utf8proc_ssize_t i = 0; i < std::min(count, kLongestFolding); ++i) {
    append_utf8(text, static_cast<char32_t>(folded[i]));
  }
}

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

}  // namespace

CodePoint decode_utf8(std::string_view text, std::size_t position) {
  const auto first = static_cast<unsigned char>(text[position]);
  if (first < 0x80) return {first, 1};
  utf8proc_int32_t code_point = -1;
  const std::size_t available =
      std::min<std::size_t>(text.size() - position, 4);
  const utf8proc_ssize_t size = utf8proc_iterate(
      reinterpret_cast<const utf8proc_uint8_t*>(text.data() + position),
      static_cast<utf8proc_ssize_t>(available), &code_point);
  if (size <= 0 || code_point < 0) return {};
  return {static_cast<char32_t>(code_point), static_cast<std::size_t>(size)};
}

CodePoint decode_utf8_before(std::string_view text, std::size_t end) {
  std::size_t start = end - 1;
  while (start > 0 && end - start < 4 && is_continuation(text[start])) {
    --start;
  }
  const CodePoint last = decode_utf8(text.substr(0, end), start);
  return start + last.size == end ? last : CodePoint{};
}

void append_utf8(std::string& text, char32_t code_point) {
  utf8proc_uint8_t bytes[4];
  const utf8proc_ssize_t size =
      utf8proc_encode_char(static_cast<utf8proc_int32_t>(code_point), bytes);
  text.append(reinterpret_cast<const char*>(bytes),
              static_cast<std::size_t>(size));
}

std::size_t count_code_points(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) {
    at += decode_utf8(text, at).size;
  }
  return count;
}

std::size_t byte_position(std::string_view text, std::size_t index) {
  std::size_t at = 0;
  for (; index > 0 && at < text.size(); --index) {
    at += decode_utf8(text, at).size;
  }
  return at;
}

bool is_whitespace(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 ||
         c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
         c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

bool is_alphabetic(char32_t c) {
  return is_between(category_of(c), UTF8PROC_CATEGORY_LU, UTF8PROC_CATEGORY_LO);
}

bool is_decimal(char32_t c) { return category_of(c) == UTF8PROC_CATEGORY_ND; }

bool is_numeric(char32_t c) {
  return is_between(category_of(c), UTF8PROC_CATEGORY_ND, UTF8PROC_CATEGORY_NO);
}

bool is_uppercase(char32_t c) { return category_of(c) == UTF8PROC_CATEGORY_LU; }

bool is_lowercase(char32_t c) {
  // The ordinal indicators are lower case without being lower-case letters.
  return category_of(c) == UTF8PROC_CATEGORY_LL || c == 0xAA || c == 0xBA;
}

bool is_printable(char32_t c) {
  if (c == ' ') return true;
  const utf8proc_category_t category = category_of(c);
  return category != UTF8PROC_CATEGORY_CN &&
         !is_between(category, UTF8PROC_CATEGORY_ZS, UTF8PROC_CATEGORY_CO);
}

bool is_word_character(char32_t c) {
  const utf8proc_category_t category = category_of(c);
  return c == '_' ||
         is_between(category, UTF8PROC_CATEGORY_LU, UTF8PROC_CATEGORY_MC) ||
         is_between(category, UTF8PROC_CATEGORY_ND, UTF8PROC_CATEGORY_NL);
}

void append_in_case(std::string& text, char32_t code_point, LetterCase target) {
  const auto c = static_cast<utf8proc_int32_t>(code_point);
  if (target == LetterCase::kFolded) return append_folded(text, c);
  if (code_point == 0xDF && target != LetterCase::kLower) {
    // The one letter in common use whose upper case has two letters.
    text += target == LetterCase::kUpper ? "SS" : "Ss";
    return;
  }
  utf8proc_int32_t changed = c;
  if (target == LetterCase::kUpper) changed = utf8proc_toupper(c);
  if (target == LetterCase::kLower) changed = utf8proc_tolower(c);
  if (target == LetterCase::kTitle) changed = utf8proc_totitle(c);
  append_utf8(text, static_cast<char32_t>(changed));
}

std::string in_case(std::string_view text, LetterCase target) {
  std::string changed;
  changed.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = decode_utf8(text, at);
    if (c.value == kInvalidCodePoint) {
      changed += text[at];
    } else {
      append_in_case(changed, c.value, target);
    }
    at += c.size;
  }
  return changed;
}

std::string capitalized(std::string_view text) {
  const std::size_t first = byte_position(text, 1);
  return in_case(text.substr(0, first), LetterCase::kTitle) +
         in_case(text.substr(first), LetterCase::kLower);
}

}  // namespace etllm::chat::jinja
