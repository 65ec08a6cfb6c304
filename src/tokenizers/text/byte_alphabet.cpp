#include "tokenizers/text/byte_alphabet.h"

#include <array>
#include <cstddef>

#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {
namespace {

constexpr std::size_t kByteCount = 256;
/// Bytes that are not printable Latin-1 get the code points from here on.
constexpr char32_t kFirstStandIn = 0x100;
constexpr std::size_t kStandInCount = 68;

constexpr bool stands_for_itself(std::size_t byte) {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) ||
         byte >= 0xae;
}

struct Alphabet {
  std::array<char, 2 * kByteCount> text{};
  std::array<unsigned char, kByteCount> lengths{};
  std::array<unsigned char, kStandInCount> stand_ins{};
};

constexpr Alphabet make_alphabet() {
  Alphabet alphabet;
  std::size_t used = 0;
  for (std::size_t byte = 0; byte < kByteCount; ++byte) {
    char32_t character = static_cast<char32_t>(byte);
    if (!stands_for_itself(byte)) {
      character = kFirstStandIn + static_cast<char32_t>(used);
      alphabet.stand_ins[used++] = static_cast<unsigned char>(byte);
    }
    if (character < 0x80) {
      alphabet.text[2 * byte] = static_cast<char>(character);
      alphabet.lengths[byte] = 1;
    } else {
      alphabet.text[2 * byte] = static_cast<char>(0xc0 | character >> 6);
      alphabet.text[2 * byte + 1] =
          static_cast<char>(0x80 | (character & 0x3f));
      alphabet.lengths[byte] = 2;
    }
  }
  return alphabet;
}

constexpr Alphabet kAlphabet = make_alphabet();

}  // namespace

std::string_view byte_to_character(unsigned char byte) {
  return {kAlphabet.text.data() + 2 * static_cast<std::size_t>(byte),
          kAlphabet.lengths[byte]};
}

std::optional<unsigned char> character_to_byte(char32_t code_point) {
  if (code_point < kByteCount) {
    if (!stands_for_itself(code_point)) return std::nullopt;
    return static_cast<unsigned char>(code_point);
  }
  const char32_t index = code_point - kFirstStandIn;
  if (index >= kStandInCount) return std::nullopt;
  return kAlphabet.stand_ins[index];
}

void append_byte_characters(std::string& text, std::string_view bytes) {
  for (const char byte : bytes) {
    text += byte_to_character(static_cast<unsigned char>(byte));
  }
}

void append_spelled_bytes(std::string& bytes, std::string_view text) {
  const std::size_t start = bytes.size();
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint character = decode_utf8(text.data() + at);
    const auto byte = character_to_byte(character.value);
    if (!byte.has_value()) {
      bytes.resize(start);
      bytes += text;
      return;
    }
    bytes += static_cast<char>(*byte);
    at += character.length;
  }
}

}  // namespace tokenizers::pipeline
