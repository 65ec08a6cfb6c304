#pragma once

// Byte-pair encoding with a table of merges.

#include <vector>

#include "tokenizers/models/bpe/merge_table.h"
#include "tokenizers/models/bpe/symbol_merger.h"

namespace tokenizers::pipeline {

/// For one thread at a time.
class WordMerger {
 public:
  /// Merges `symbols` in place. The time is that of a sort of them.
  void merge(const MergeTable& merges, std::vector<Id>& symbols) {
    merger_.merge(Rules{merges}, symbols);
  }

  /// Gives back the memory that an unusually long word took.
  void shrink() { merger_.shrink(); }

 private:
  struct Rules {
    using Symbol = Id;

    Merge find(Id left, Id right) const { return table.find(left, right); }
    static Id join(Id /*left*/, Id /*right*/, const Merge& merge) {
      return merge.id;
    }

    const MergeTable& table;
  };

  SymbolMerger<Rules> merger_;
};

}  // namespace tokenizers::pipeline
