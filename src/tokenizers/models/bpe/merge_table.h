#pragma once

// Which pairs of pieces become one, and which pair goes first.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tokenizers/hash.h"
#include "tokenizers/vocabulary.h"

namespace tokenizers::pipeline {

/// A merge: pairs of lower rank go first. No two merges have the same rank.
struct Merge {
  std::uint32_t rank;
  Id id;

  static constexpr std::uint32_t kNoRank = ~std::uint32_t{0};
  bool exists() const { return rank != kNoRank; }
};

/// A hash table with open addressing; filled once, then read by any thread.
class MergeTable {
 public:
  /// Makes room for `count` merges.
  explicit MergeTable(std::size_t count);

  /// Starts to fetch the memory that `insert` will need.
  void fetch_slot(Id left, Id right) const {
    fetch(&slots_[hash_of(key_of(left, right)) & mask_]);
  }

  /// At most `count` times. The last merge of a pair counts.
  void insert(Id left, Id right, Merge merge);

  Merge find(Id left, Id right) const {
    const std::uint64_t key = key_of(left, right);
    for (std::size_t at = hash_of(key) & mask_;; at = (at + 1) & mask_) {
      const Slot& slot = slots_[at];
      if (slot.key == key || !slot.merge.exists()) return slot.merge;
    }
  }

 private:
  struct Slot {
    std::uint64_t key = 0;
    Merge merge{Merge::kNoRank, 0};
  };

  static std::uint64_t key_of(Id left, Id right) {
    return std::uint64_t{left} << 32U | right;
  }

  std::vector<Slot> slots_;
  std::size_t mask_;
};

}  // namespace tokenizers::pipeline
