#include "tokenizers/models/bpe/word_merger.h"

#include <algorithm>
#include <functional>

namespace tokenizers::pipeline {
namespace {

/// Up to here a scan for the lowest rank is faster than a heap.
constexpr std::size_t kShortWord = 48;

constexpr std::size_t kKeptNodes = 1U << 16U;
constexpr std::uint32_t kNowhere = ~std::uint32_t{0};
constexpr Merge kNoMerge{Merge::kNoRank, 0};

}  // namespace

void WordMerger::merge(const MergeTable& merges, std::vector<Id>& symbols) {
  if (symbols.size() < 2) return;
  if (symbols.size() <= kShortWord) {
    merge_short(merges, symbols);
  } else {
    merge_long(merges, symbols);
  }
}

void WordMerger::shrink() {
  if (nodes_.capacity() <= kKeptNodes) return;
  nodes_ = {};
  heap_ = {};
}

void WordMerger::merge_short(const MergeTable& merges,
                             std::vector<Id>& symbols) {
  std::size_t count = symbols.size();
  pairs_.resize(count);
  for (std::size_t i = 0; i + 1 < count; ++i) {
    pairs_[i] = merges.find(symbols[i], symbols[i + 1]);
  }
  while (count > 1) {
    std::size_t best = 0;
    for (std::size_t i = 1; i + 1 < count; ++i) {
      if (pairs_[i].rank < pairs_[best].rank) best = i;
    }
    if (!pairs_[best].exists()) break;
    symbols[best] = pairs_[best].id;
    for (std::size_t i = best + 1; i + 1 < count; ++i) {
      symbols[i] = symbols[i + 1];
      pairs_[i - 1] = pairs_[i];
    }
    --count;
    if (best + 1 < count) {
      pairs_[best] = merges.find(symbols[best], symbols[best + 1]);
    }
    if (best > 0) {
      pairs_[best - 1] = merges.find(symbols[best - 1], symbols[best]);
    }
  }
  symbols.resize(count);
}

void WordMerger::fill_nodes(const MergeTable& merges,
                            const std::vector<Id>& symbols) {
  const auto count = static_cast<std::uint32_t>(symbols.size());
  nodes_.resize(count);
  heap_.clear();
  for (std::uint32_t i = 0; i < count; ++i) {
    const bool is_last = i + 1 == count;
    nodes_[i] = {symbols[i], i == 0 ? kNowhere : i - 1,
                 is_last ? kNowhere : i + 1,
                 is_last ? kNoMerge : merges.find(symbols[i], symbols[i + 1])};
    if (nodes_[i].merge.exists()) {
      heap_.push_back(std::uint64_t{nodes_[i].merge.rank} << 32U | i);
    }
  }
  std::make_heap(heap_.begin(), heap_.end(), std::greater<>());
}

/// Looks up the merge of the symbol at `at` with the next one.
void WordMerger::offer(const MergeTable& merges, std::uint32_t at) {
  Node& node = nodes_[at];
  node.merge = node.next == kNowhere
                   ? kNoMerge
                   : merges.find(node.symbol, nodes_[node.next].symbol);
  if (!node.merge.exists()) return;
  heap_.push_back(std::uint64_t{node.merge.rank} << 32U | at);
  std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
}

/// Merges the symbol at `at` with the next one.
void WordMerger::join(const MergeTable& merges, std::uint32_t at) {
  Node& node = nodes_[at];
  Node& gone = nodes_[node.next];
  node.symbol = node.merge.id;
  node.next = gone.next;
  gone.merge = kNoMerge;
  if (node.next != kNowhere) nodes_[node.next].previous = at;
  offer(merges, at);
  if (node.previous != kNowhere) offer(merges, node.previous);
}

void WordMerger::merge_long(const MergeTable& merges,
                            std::vector<Id>& symbols) {
  fill_nodes(merges, symbols);
  while (!heap_.empty()) {
    std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
    const std::uint64_t item = heap_.back();
    heap_.pop_back();
    const auto at = static_cast<std::uint32_t>(item);
    // Ranks are unique, so an outdated item has another one.
    if (nodes_[at].merge.rank == item >> 32U) join(merges, at);
  }
  symbols.clear();
  for (std::uint32_t at = 0; at != kNowhere; at = nodes_[at].next) {
    symbols.push_back(nodes_[at].symbol);
  }
}

}  // namespace tokenizers::pipeline
