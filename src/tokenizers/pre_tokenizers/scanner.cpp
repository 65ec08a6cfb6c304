#include "tokenizers/pre_tokenizers/scanner.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include "tokenizers/text/unicode.h"
#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {
namespace {

/// What these patterns tell apart.
enum class Kind : std::uint8_t { kLetter, kNumber, kSpace, kOther, kNonAscii };

constexpr std::array<Kind, 256> make_byte_kinds() {
  std::array<Kind, 256> kinds{};
  for (std::size_t byte = 0; byte < kinds.size(); ++byte) {
    const bool letter =
        (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    const bool space = byte == ' ' || (byte >= '\t' && byte <= '\r');
    kinds[byte] = byte >= 0x80                 ? Kind::kNonAscii
                  : letter                     ? Kind::kLetter
                  : byte >= '0' && byte <= '9' ? Kind::kNumber
                  : space                      ? Kind::kSpace
                                               : Kind::kOther;
  }
  return kinds;
}

constexpr std::array<Kind, 256> kByteKinds = make_byte_kinds();

/// Walks over a text. A position is a byte offset of a character.
class Cursor {
 public:
  explicit Cursor(std::string_view text)
      : text_(text), table_(unicode_table()) {}

  std::size_t size() const { return text_.size(); }
  char byte(std::size_t at) const {
    return at < text_.size() ? text_[at] : '\0';
  }
  bool is_newline(std::size_t at) const {
    return byte(at) == '\n' || byte(at) == '\r';
  }

  struct Character {
    Kind kind;
    std::size_t length;
  };

  /// The character at `at`, which must be below `size()`.
  Character character(std::size_t at) const {
    const Kind kind = kByteKinds[static_cast<unsigned char>(text_[at])];
    if (kind != Kind::kNonAscii) return {kind, 1};
    const CodePoint point = decode_utf8(text_.data() + at);
    return {kind_of(point.value), point.length};
  }

  bool is(std::size_t at, Kind kind) const {
    return at < text_.size() && character(at).kind == kind;
  }

  /// The end of the run of characters of `kind` that begins at `at`.
  std::size_t skip(std::size_t at, Kind kind) const {
    while (at < text_.size()) {
      const Character next = character(at);
      if (next.kind != kind) break;
      at += next.length;
    }
    return at;
  }

  /// The same for at most `count` characters.
  std::size_t skip(std::size_t at, Kind kind, std::size_t count) const {
    for (; count > 0 && is(at, kind); --count) at += character(at).length;
    return at;
  }

  std::size_t skip_newlines(std::size_t at) const {
    while (is_newline(at)) ++at;
    return at;
  }

  /// `\s+(?!\S)|\s+`: leaves the last space to the word behind it.
  std::size_t skip_spaces(std::size_t at) const {
    const std::size_t end = skip(at, Kind::kSpace);
    if (end == text_.size()) return end;
    std::size_t last = end - 1;
    while (is_utf8_continuation(text_[last])) --last;
    return last > at ? last : end;
  }

 private:
  Kind kind_of(char32_t point) const {
    const Category category = table_.category(point);
    if (is_letter(category)) return Kind::kLetter;
    if (is_number(category)) return Kind::kNumber;
    const bool separator = category >= Category::Zs && category <= Category::Zp;
    return separator || point == 0x85 ? Kind::kSpace : Kind::kOther;
  }

  std::string_view text_;
  const UnicodeTable& table_;
};

/// The length of 's 't 're 've 'm 'll 'd at an apostrophe; 0 if none.
std::size_t contraction(char first, char second) {
  switch (first) {
    case 's':
    case 't':
    case 'm':
    case 'd':
      return 2;
    case 'r':
    case 'v':
      return second == 'e' ? 3 : 0;
    case 'l':
      return second == 'l' ? 3 : 0;
    default:
      return 0;
  }
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::size_t gpt2_word(const Cursor& text, std::size_t at) {
  if (text.byte(at) == '\'') {
    const std::size_t length =
        contraction(text.byte(at + 1), text.byte(at + 2));
    if (length != 0) return at + length;
  }
  std::size_t start = at;
  if (text.byte(at) == ' ' && at + 1 < text.size()) ++start;
  const Kind kind = text.character(start).kind;
  if (kind == Kind::kSpace) return text.skip_spaces(at);
  return text.skip(start, kind);
}

/// Upper and lower case are one, and U+017F is an s.
std::size_t any_case_contraction(const Cursor& text, std::size_t at) {
  if (text.byte(at + 1) == '\xc5' && text.byte(at + 2) == '\xbf') return 3;
  return contraction(lower(text.byte(at + 1)), lower(text.byte(at + 2)));
}

/// `\s*[\r\n]+|\s+(?!\S)|\s+`
std::size_t spaces_or_lines(const Cursor& text, std::size_t at) {
  const std::size_t end = text.skip(at, Kind::kSpace);
  for (std::size_t last = end; last > at; --last) {
    if (text.is_newline(last - 1)) return last;
  }
  return text.skip_spaces(at);
}

template <std::size_t kDigits>
std::size_t llama3_word(const Cursor& text, std::size_t at) {
  if (text.byte(at) == '\'') {
    const std::size_t length = any_case_contraction(text, at);
    if (length != 0) return at + length;
  }
  const Cursor::Character first = text.character(at);
  if (first.kind == Kind::kLetter) return text.skip(at, Kind::kLetter);
  if (first.kind == Kind::kNumber) {
    return text.skip(at, Kind::kNumber, kDigits);
  }
  const std::size_t next = at + first.length;
  if (!text.is_newline(at) && text.is(next, Kind::kLetter)) {
    return text.skip(next, Kind::kLetter);
  }
  if (first.kind == Kind::kOther) {
    return text.skip_newlines(text.skip(at, Kind::kOther));
  }
  if (text.byte(at) == ' ' && text.is(next, Kind::kOther)) {
    return text.skip_newlines(text.skip(next, Kind::kOther));
  }
  return spaces_or_lines(text, at);
}

template <std::size_t (*kNextWord)(const Cursor&, std::size_t)>
void scan(std::string_view text, Words::List& words) {
  const Cursor cursor(text);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = kNextWord(cursor, at);
    words.push_back(text.substr(at, end - at));
    at = end;
  }
}

struct KnownPattern {
  std::string_view pattern;
  Scanner scanner;
};

constexpr std::array kKnownPatterns = {
    KnownPattern{kGpt2Pattern, &scan<&gpt2_word>},
    KnownPattern{kLlama3Pattern, &scan<&llama3_word<3>>},
    KnownPattern{kQwen2Pattern, &scan<&llama3_word<1>>},
};

}  // namespace

Scanner find_scanner(std::string_view pattern) {
  for (const KnownPattern& known : kKnownPatterns) {
    if (known.pattern == pattern) return known.scanner;
  }
  return nullptr;
}

}  // namespace tokenizers::pipeline
