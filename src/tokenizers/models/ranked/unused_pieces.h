#pragma once

// Pieces that a SentencePiece model knows and must not produce. Merges lead
// through them; what is left of one at the end is split again, the way it was
// last about to be made anywhere in the text.

#include <cstddef>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tokenizers/token_trie.h"
#include "tokenizers/vocabulary.h"

namespace tokenizers::pipeline {

/// Immutable; may be used from several threads.
class UnusedPieces {
 public:
  /// `is_unused` has an entry for each id. The pieces `frozen` are symbols from
  /// the start, and never merged: their merges could be recorded otherwise.
  UnusedPieces(std::vector<bool> is_unused, TokenTrie frozen)
      : is_unused_(std::move(is_unused)), frozen_(std::move(frozen)) {}

  bool contains(Id id) const { return is_unused_[id]; }

  /// The size of the longest frozen piece that `text` begins with, or 0.
  std::size_t frozen_prefix(std::string_view text) const {
    std::size_t longest = 0;
    frozen_.for_each_prefix(text,
                            [&](std::size_t size, Id) { longest = size; });
    return longest;
  }

 private:
  std::vector<bool> is_unused_;
  TokenTrie frozen_;
};

/// The sizes of the left parts of unused pieces; the texts are the views'.
using LeftSizes = std::unordered_map<std::string_view, std::size_t>;

/// Calls `use(text)` for each part of `text` that remains, from the left.
template <typename Use>
void split_unused(std::string_view text, const LeftSizes& left_sizes,
                  std::vector<std::string_view>& stack, Use use) {
  stack.assign(1, text);
  while (!stack.empty()) {
    const std::string_view part = stack.back();
    stack.pop_back();
    const auto left = left_sizes.find(part);
    if (left == left_sizes.end()) {
      use(part);
      continue;
    }
    stack.push_back(part.substr(left->second));
    stack.push_back(part.substr(0, left->second));
  }
}

}  // namespace tokenizers::pipeline
