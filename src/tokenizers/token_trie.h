#pragma once

// Finds any of many texts in a text.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "tokenizers/vocabulary.h"

namespace tokenizers::pipeline {

/// A tree of bytes. Filled once, then read from any thread.
class TokenTrie {
 public:
  TokenTrie();

  /// Texts that are empty are ignored; of equal ones the first counts.
  void insert(std::string_view text, Id id);

  bool empty() const { return nodes_.size() == 1; }

  struct Match {
    std::size_t begin;
    std::size_t end;
    Id id;
  };
  /// The leftmost match at or after `from`, the longest one there.
  std::optional<Match> find(std::string_view text, std::size_t from) const;

 private:
  struct Node {
    std::uint32_t first_child = 0;  // 0 is none: the root is nobody's child
    std::uint32_t next_sibling = 0;
    Id id = 0;
    bool ends_text = false;
    char byte = 0;
  };

  std::uint32_t child(std::uint32_t node, char byte) const;

  std::vector<Node> nodes_;
  std::array<std::uint32_t, 256> first_;  // the children of the root
};

}  // namespace tokenizers::pipeline
