#include "engine/utf8_stream.h"

#include <algorithm>

namespace etllm::engine {
namespace {

unsigned char byte_at(std::string_view text, std::size_t index) {
  return static_cast<unsigned char>(text[index]);
}

bool is_continuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

/// Length of the character that `lead` begins; 1 when it begins none.
std::size_t character_length(unsigned char lead) {
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 1;
}

/// Whether `second` may follow `lead`: overlong forms, surrogates and numbers
/// above U+10FFFF are not characters.
bool may_follow(unsigned char lead, unsigned char second) {
  switch (lead) {
    case 0xE0:
      return second >= 0xA0;
    case 0xED:
      return second <= 0x9F;
    case 0xF0:
      return second >= 0x90;
    case 0xF4:
      return second <= 0x8F;
    default:
      return true;
  }
}

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// The first character of a text, or what stands in its place.
struct FirstCharacter {
  std::size_t length;
  bool is_complete;  ///< False when the text ends inside the character.
  bool is_valid;
};

/// Requires a text that is not empty.
FirstCharacter first_character(std::string_view text) {
  const unsigned char lead = byte_at(text, 0);
  const std::size_t length = character_length(lead);
  if (length == 1) return {1, true, lead < 0x80};
  for (std::size_t i = 1; i < length; ++i) {
    if (i == text.size()) return {i, false, true};
    const unsigned char byte = byte_at(text, i);
    if (!is_continuation(byte) || (i == 1 && !may_follow(lead, byte))) {
      return {i, true, false};
    }
  }
  return {length, true, true};
}

}  // namespace

std::size_t incomplete_utf8_tail(std::string_view text) {
  const std::size_t longest = std::min<std::size_t>(text.size(), 3);
  for (std::size_t tail = 1; tail <= longest; ++tail) {
    const std::size_t start = text.size() - tail;
    const unsigned char lead = byte_at(text, start);
    if (is_continuation(lead)) continue;
    if (character_length(lead) <= tail) return 0;
    if (tail > 1 && !may_follow(lead, byte_at(text, start + 1))) return 0;
    return tail;
  }
  return 0;
}

std::string_view Utf8Stream::push(std::string_view bytes) {
  pending_.append(bytes);
  ready_.clear();
  std::string_view rest = pending_;
  while (!rest.empty()) {
    const FirstCharacter character = first_character(rest);
    if (!character.is_complete) break;
    ready_.append(character.is_valid ? rest.substr(0, character.length)
                                     : kReplacement);
    rest.remove_prefix(character.length);
  }
  pending_.erase(0, pending_.size() - rest.size());
  return ready_;
}

std::string_view Utf8Stream::flush() {
  if (pending_.empty()) return {};
  pending_.clear();
  return kReplacement;
}

}  // namespace etllm::engine
