#include "tokenizers/models/bpe/merge_table.h"

#include <bit>

namespace tokenizers::pipeline {

MergeTable::MergeTable(std::size_t count)
    : slots_(std::bit_ceil(count + count / 2 + 1)), mask_(slots_.size() - 1) {}

void MergeTable::insert(Id left, Id right, Merge merge) {
  const std::uint64_t key = key_of(left, right);
  std::size_t at = hash_of(key) & mask_;
  while (slots_[at].merge.exists() && slots_[at].key != key) {
    at = (at + 1) & mask_;
  }
  slots_[at] = {key, merge};
}

}  // namespace tokenizers::pipeline
