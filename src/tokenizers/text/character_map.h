#pragma once

// The compiled character map of a SentencePiece model: a trie of the
// characters to replace, and the texts that replace them.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace tokenizers::pipeline {

/// Immutable; may be used from several threads.
class CharacterMap {
 public:
  /// `bytes`: the size of the trie (u32, little-endian), the units of the trie
  /// (u32 each), the replacements, each ended by a zero byte.
  static etllm::Result<CharacterMap> parse(std::string_view bytes);

  struct Replacement {
    std::size_t length;  ///< Of what is replaced.
    std::string_view text;
  };

  /// What replaces the longest entry that `text`, valid UTF-8, begins with.
  std::optional<Replacement> find_longest(std::string_view text) const;

  /// What replaces the shortest entry that `text` begins with, if any.
  std::optional<std::string_view> find(std::string_view text) const;

 private:
  CharacterMap() = default;

  /// Calls `use(Replacement)` for each entry that `text` begins with, from the
  /// shortest on, until it returns false.
  template <typename Use>
  void for_each_entry(std::string_view text, Use use) const;

  std::vector<std::uint32_t> units_;
  std::string replacements_;
};

}  // namespace tokenizers::pipeline
