#include "tokenizers/text/utf8.h"

#include <cstdint>
#include <cstring>

namespace tokenizers::pipeline {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

/// What a first byte allows for the second one; later ones are 80..BF.
struct Lead {
  std::size_t length;  // 0 when the byte starts no character
  unsigned char second_from = 0x80;
  unsigned char second_to = 0xbf;
};

Lead lead_of(unsigned char first) {
  if (first < 0xc2 || first > 0xf4) return {0};
  if (first < 0xe0) return {2};
  if (first == 0xe0) return {3, 0xa0, 0xbf};
  if (first == 0xed) return {3, 0x80, 0x9f};
  if (first < 0xf0) return {3};
  if (first == 0xf0) return {4, 0x90, 0xbf};
  return {4, 0x80, static_cast<unsigned char>(first == 0xf4 ? 0x8f : 0xbf)};
}

/// How many bytes of `text`, which does not start with ASCII, belong together,
/// and whether they are a character.
struct Sequence {
  std::size_t length;
  bool valid;
};

Sequence next_sequence(std::string_view text) {
  const Lead lead = lead_of(static_cast<unsigned char>(text[0]));
  if (lead.length == 0) return {1, false};
  for (std::size_t i = 1; i < lead.length; ++i) {
    if (i == text.size()) return {i, false};
    const auto byte = static_cast<unsigned char>(text[i]);
    const unsigned char from = i == 1 ? lead.second_from : 0x80;
    const unsigned char to = i == 1 ? lead.second_to : 0xbf;
    if (byte < from || byte > to) return {i, false};
  }
  return {lead.length, true};
}

std::size_t ascii_prefix(std::string_view text) {
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    if ((word & 0x8080808080808080U) != 0) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

}  // namespace

CodePoint decode_last_utf8(std::string_view text) {
  std::size_t at = text.size() - 1;
  while (at > 0 && is_utf8_continuation(text[at])) --at;
  return decode_utf8(text.data() + at);
}

void append_utf8(std::string& text, char32_t value) {
  const auto tail = [value](int shift) {
    return static_cast<char>(0x80 | (value >> shift & 0x3f));
  };
  if (value < 0x80) {
    text += static_cast<char>(value);
  } else if (value < 0x800) {
    text += {static_cast<char>(0xc0 | value >> 6), tail(0)};
  } else if (value < 0x10000) {
    text += {static_cast<char>(0xe0 | value >> 12), tail(6), tail(0)};
  } else {
    text += {static_cast<char>(0xf0 | value >> 18), tail(12), tail(6), tail(0)};
  }
}

std::size_t valid_utf8_prefix(std::string_view text) {
  std::size_t at = 0;
  while (true) {
    at += ascii_prefix(text.substr(at));
    if (at == text.size()) return at;
    const Sequence sequence = next_sequence(text.substr(at));
    if (!sequence.valid) return at;
    at += sequence.length;
  }
}

std::string replace_invalid_utf8(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (true) {
    const std::size_t valid = valid_utf8_prefix(text);
    result += text.substr(0, valid);
    text.remove_prefix(valid);
    if (text.empty()) return result;
    result += kReplacement;
    text.remove_prefix(next_sequence(text).length);
  }
}

}  // namespace tokenizers::pipeline
