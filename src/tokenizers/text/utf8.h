#pragma once

// UTF-8: what the stages of the pipeline need to walk through a text. Every
// text inside the pipeline is valid UTF-8; `replace_invalid_utf8` sees to that
// at the entrance.

#include <cstddef>
#include <string>
#include <string_view>

namespace tokenizers::pipeline {

/// A code point and the number of bytes it takes.
struct CodePoint {
  char32_t value;
  std::size_t length;
};

/// The length that the first byte of a character announces.
constexpr std::size_t utf8_length(char first) {
  const auto byte = static_cast<unsigned char>(first);
  if (byte < 0x80) return 1;
  if (byte < 0xe0) return 2;
  return byte < 0xf0 ? 3 : 4;
}

/// Whether `byte` continues a character.
constexpr bool is_utf8_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

/// The character at `text`, which must be valid UTF-8.
inline CodePoint decode_utf8(const char* text) {
  const auto byte = [text](std::size_t index) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[index]));
  };
  const char32_t first = byte(0);
  if (first < 0x80) return {first, 1};
  if (first < 0xe0) return {(first & 0x1f) << 6 | (byte(1) & 0x3f), 2};
  if (first < 0xf0) {
    return {(first & 0xf) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f), 3};
  }
  return {(first & 0x7) << 18 | (byte(1) & 0x3f) << 12 | (byte(2) & 0x3f) << 6 |
              (byte(3) & 0x3f),
          4};
}

/// The last character of `text`, which must be valid and not empty.
CodePoint decode_last_utf8(std::string_view text);

/// Appends the encoding of `value`, which must be a scalar value.
void append_utf8(std::string& text, char32_t value);

/// The number of bytes at the start of `text` that are valid UTF-8.
std::size_t valid_utf8_prefix(std::string_view text);

/// `text` with U+FFFD for each longest start of a character that is not
/// completed, and for each byte that starts none; what Python's
/// `decode(errors="replace")` gives.
std::string replace_invalid_utf8(std::string_view text);

}  // namespace tokenizers::pipeline
