#include "chat/template/string_predicates.h"

#include <algorithm>

#include "chat/template/unicode.h"

namespace etllm::chat::jinja {
namespace {

template <typename Predicate>
bool all_of(std::string_view text, Predicate predicate) {
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = decode_utf8(text, at);
    if (!predicate(c.value)) return false;
    at += c.size;
  }
  return !text.empty();
}

bool is_cased(char32_t c) { return is_uppercase(c) || is_lowercase(c); }

// Whether no letter has the unwanted case, and some letter has a case.
bool has_only(std::string_view text, bool (*unwanted)(char32_t)) {
  bool any = false;
  const bool none_unwanted = all_of(text, [&](char32_t c) {
    any = any || is_cased(c);
    return !unwanted(c);
  });
  return none_unwanted && any;
}

}  // namespace

bool all_alphabetic(std::string_view text) {
  return all_of(text, &is_alphabetic);
}

bool all_alphanumeric(std::string_view text) {
  return all_of(text,
                [](char32_t c) { return is_alphabetic(c) || is_numeric(c); });
}

bool all_decimal(std::string_view text) { return all_of(text, &is_decimal); }

bool all_numeric(std::string_view text) { return all_of(text, &is_numeric); }

bool all_whitespace(std::string_view text) {
  return all_of(text, &is_whitespace);
}

bool all_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x80;
  });
}

bool is_lower_text(std::string_view text) {
  return has_only(text, &is_uppercase);
}

bool is_upper_text(std::string_view text) {
  return has_only(text, &is_lowercase);
}

bool is_title_text(std::string_view text) {
  bool any = false;
  bool in_word = false;
  const bool well_formed = all_of(text, [&](char32_t c) {
    const bool cased = is_cased(c);
    const bool fits = !cased || is_lowercase(c) == in_word;
    any = any || cased;
    in_word = cased;
    return fits;
  });
  return well_formed && any;
}

std::string titlecased(std::string_view text) {
  std::string result;
  bool in_word = false;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = decode_utf8(text, at);
    result += in_case(text.substr(at, c.size),
                      in_word ? LetterCase::kLower : LetterCase::kTitle);
    in_word = is_cased(c.value);
    at += c.size;
  }
  return result;
}

}  // namespace etllm::chat::jinja
