#pragma once

// Byte-pair encoding of one word: the pair of lowest rank, the leftmost of
// several, becomes one symbol, until no pair has a merge.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tokenizers/models/bpe/merge_table.h"

namespace tokenizers::pipeline {

/// Keeps its buffers from word to word. For one thread at a time.
class WordMerger {
 public:
  /// Merges `symbols` in place. The time is that of a sort of them.
  void merge(const MergeTable& merges, std::vector<Id>& symbols);

  /// Gives back the memory that an unusually long word took.
  void shrink();

 private:
  void merge_short(const MergeTable& merges, std::vector<Id>& symbols);
  void merge_long(const MergeTable& merges, std::vector<Id>& symbols);
  void fill_nodes(const MergeTable& merges, const std::vector<Id>& symbols);
  void join(const MergeTable& merges, std::uint32_t at);
  void offer(const MergeTable& merges, std::uint32_t at);

  /// A symbol and its merge with the next one.
  struct Node {
    Id symbol;
    std::uint32_t previous;
    std::uint32_t next;
    Merge merge;
  };

  std::vector<Merge> pairs_;
  std::vector<Node> nodes_;
  std::vector<std::uint64_t> heap_;  // rank << 32 | position
};

}  // namespace tokenizers::pipeline
