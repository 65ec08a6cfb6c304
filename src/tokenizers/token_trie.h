#pragma once

// Finds any of many texts at the start of a text, or anywhere in it.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "tokenizers/hash.h"
#include "tokenizers/vocabulary.h"

namespace tokenizers::pipeline {

/// A tree of bytes, with its edges in a hash table. Filled once, then read from
/// any thread.
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

  /// Calls `use(size, id)` for each of the texts that `text` begins with, from
  /// the shortest to the longest.
  template <typename Use>
  void for_each_prefix(std::string_view text, Use use) const {
    if (text.empty()) return;
    std::uint32_t node = first_[static_cast<unsigned char>(text[0])];
    for (std::size_t size = 1; node != 0; ++size) {
      if (nodes_[node].ends_text) use(size, nodes_[node].id);
      if (size == text.size()) break;
      node = child(node, text[size]);
    }
  }

 private:
  struct Node {
    Id id = 0;
    bool ends_text = false;
  };
  struct Edge {
    std::uint64_t key = 0;
    std::uint32_t node = 0;  // 0 is an empty slot: the root is nobody's child
  };

  static std::uint64_t key_of(std::uint32_t node, char byte) {
    return std::uint64_t{node} << 8U | static_cast<unsigned char>(byte);
  }

  /// The child of a node that is not the root; 0 if there is none.
  std::uint32_t child(std::uint32_t node, char byte) const {
    return edges_[slot_of(key_of(node, byte))].node;
  }

  /// The slot of an edge, or the empty one where it belongs.
  std::size_t slot_of(std::uint64_t key) const {
    const std::size_t mask = edges_.size() - 1;
    std::size_t at = hash_of(key) & mask;
    while (edges_[at].node != 0 && edges_[at].key != key) at = (at + 1) & mask;
    return at;
  }

  std::uint32_t add_node();
  void grow();

  std::vector<Node> nodes_;
  std::vector<Edge> edges_;                 // a power of two
  std::array<std::uint32_t, 256> first_{};  // the children of the root
};

}  // namespace tokenizers::pipeline
