#include "tokenizers/text/character_map.h"

#include <algorithm>

#include "tokenizers/text/little_endian.h"
#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {
namespace {

// The units of a double array, as the Darts-clone library packs them.
bool has_leaf(std::uint32_t unit) { return (unit >> 8U & 1U) != 0; }
std::uint32_t value_of(std::uint32_t unit) { return unit & 0x7fffffffU; }
std::uint32_t label_of(std::uint32_t unit) { return unit & 0x800000ffU; }
std::size_t offset_of(std::uint32_t unit) {
  return std::size_t{unit >> 10U} << ((unit & 0x200U) >> 6U);
}

}  // namespace

etllm::Result<CharacterMap> CharacterMap::parse(std::string_view bytes) {
  if (bytes.size() < 4) return etllm::invalid_data("the character map is cut");
  const std::size_t trie_bytes = read_u32(bytes, 0);
  if (trie_bytes == 0 || trie_bytes % 4 != 0 || trie_bytes > bytes.size() - 4) {
    return etllm::invalid_data("the character map has a trie of a wrong size");
  }
  CharacterMap map;
  for (std::size_t at = 4; at < 4 + trie_bytes; at += 4) {
    map.units_.push_back(read_u32(bytes, at));
  }
  map.replacements_ = replace_invalid_utf8(bytes.substr(4 + trie_bytes));
  if (map.replacements_.size() != bytes.size() - 4 - trie_bytes) {
    return etllm::invalid_data("the character map holds invalid UTF-8");
  }
  return map;
}

template <typename Use>
void CharacterMap::for_each_entry(std::string_view text, Use use) const {
  std::size_t at = offset_of(units_[0]);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == 0) break;
    at ^= byte;
    if (at >= units_.size() || label_of(units_[at]) != byte) break;
    const bool leaf = has_leaf(units_[at]);
    at ^= offset_of(units_[at]);
    if (!leaf) continue;
    if (at >= units_.size()) break;
    const std::size_t begin = value_of(units_[at]);
    if (begin >= replacements_.size() ||
        is_utf8_continuation(replacements_[begin])) {
      break;
    }
    const std::size_t end =
        std::min(replacements_.find('\0', begin), replacements_.size());
    if (!use(Replacement{
            i + 1,
            std::string_view(replacements_).substr(begin, end - begin)})) {
      break;
    }
  }
}

std::optional<std::string_view> CharacterMap::find(
    std::string_view text) const {
  std::optional<std::string_view> found;
  for_each_entry(text, [&found](const Replacement& entry) {
    found = entry.text;
    return false;
  });
  return found;
}

std::optional<CharacterMap::Replacement> CharacterMap::find_longest(
    std::string_view text) const {
  std::optional<Replacement> found;
  for_each_entry(text, [&](const Replacement& entry) {
    // Half a character is never replaced.
    if (entry.length == text.size() ||
        !is_utf8_continuation(text[entry.length])) {
      found = entry;
    }
    return true;
  });
  return found;
}

}  // namespace tokenizers::pipeline
