#pragma once

// Byte-pair encoding of one word: the pair of lowest rank, the leftmost of
// several, becomes one symbol, until no pair has a merge.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "tokenizers/models/bpe/merge_table.h"

namespace tokenizers::pipeline {

/// `Rules` says what merges: a type `Symbol`, `Merge find(left, right) const`
/// and `Symbol join(left, right, merge) const`, both for neighbours. A new
/// symbol is paired with the one before it first. Keeps its
/// buffers from word to word. For one thread at a time.
template <typename Rules>
class SymbolMerger {
 public:
  using Symbol = typename Rules::Symbol;

  /// Merges `symbols` in place. The time is that of a sort of them.
  void merge(const Rules& rules, std::vector<Symbol>& symbols) {
    if (symbols.size() < 2) return;
    if (symbols.size() <= kShortWord) {
      merge_short(rules, symbols);
    } else {
      merge_long(rules, symbols);
    }
  }

  /// Gives back the memory that an unusually long word took.
  void shrink() {
    if (nodes_.capacity() <= kKeptNodes) return;
    nodes_ = {};
    heap_ = {};
  }

 private:
  /// Up to here a scan for the lowest rank is faster than a heap.
  static constexpr std::size_t kShortWord = 48;
  static constexpr std::size_t kKeptNodes = 1U << 16U;
  static constexpr std::uint32_t kNowhere = ~std::uint32_t{0};
  static constexpr Merge kNoMerge{Merge::kNoRank, 0};

  /// A symbol and its merge with the next one.
  struct Node {
    Symbol symbol;
    std::uint32_t previous;
    std::uint32_t next;
    Merge merge;
  };

  void merge_short(const Rules& rules, std::vector<Symbol>& symbols) {
    std::size_t count = symbols.size();
    pairs_.resize(count);
    for (std::size_t i = 0; i + 1 < count; ++i) {
      pairs_[i] = rules.find(symbols[i], symbols[i + 1]);
    }
    while (count > 1) {
      std::size_t best = 0;
      for (std::size_t i = 1; i + 1 < count; ++i) {
        if (pairs_[i].rank < pairs_[best].rank) best = i;
      }
      if (!pairs_[best].exists()) break;
      symbols[best] =
          rules.join(symbols[best], symbols[best + 1], pairs_[best]);
      for (std::size_t i = best + 1; i + 1 < count; ++i) {
        symbols[i] = symbols[i + 1];
        pairs_[i - 1] = pairs_[i];
      }
      --count;
      if (best > 0) {
        pairs_[best - 1] = rules.find(symbols[best - 1], symbols[best]);
      }
      if (best + 1 < count) {
        pairs_[best] = rules.find(symbols[best], symbols[best + 1]);
      }
    }
    symbols.resize(count);
  }

  void fill_nodes(const Rules& rules, const std::vector<Symbol>& symbols) {
    const auto count = static_cast<std::uint32_t>(symbols.size());
    nodes_.resize(count);
    heap_.clear();
    for (std::uint32_t i = 0; i < count; ++i) {
      const bool is_last = i + 1 == count;
      nodes_[i] = {symbols[i], i == 0 ? kNowhere : i - 1,
                   is_last ? kNowhere : i + 1,
                   is_last ? kNoMerge : rules.find(symbols[i], symbols[i + 1])};
      if (nodes_[i].merge.exists()) {
        heap_.push_back(std::uint64_t{nodes_[i].merge.rank} << 32U | i);
      }
    }
    std::make_heap(heap_.begin(), heap_.end(), std::greater<>());
  }

  /// Looks up the merge of the symbol at `at` with the next one.
  void offer(const Rules& rules, std::uint32_t at) {
    Node& node = nodes_[at];
    node.merge = node.next == kNowhere
                     ? kNoMerge
                     : rules.find(node.symbol, nodes_[node.next].symbol);
    if (!node.merge.exists()) return;
    heap_.push_back(std::uint64_t{node.merge.rank} << 32U | at);
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
  }

  /// Merges the symbol at `at` with the next one.
  void join(const Rules& rules, std::uint32_t at) {
    Node& node = nodes_[at];
    Node& gone = nodes_[node.next];
    node.symbol = rules.join(node.symbol, gone.symbol, node.merge);
    node.next = gone.next;
    gone.merge = kNoMerge;
    if (node.next != kNowhere) nodes_[node.next].previous = at;
    if (node.previous != kNowhere) offer(rules, node.previous);
    offer(rules, at);
  }

  void merge_long(const Rules& rules, std::vector<Symbol>& symbols) {
    fill_nodes(rules, symbols);
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
      const std::uint64_t item = heap_.back();
      heap_.pop_back();
      const auto at = static_cast<std::uint32_t>(item);
      // An outdated item has another rank, or stands for an equal merge.
      if (nodes_[at].merge.rank == item >> 32U) join(rules, at);
    }
    symbols.clear();
    for (std::uint32_t at = 0; at != kNowhere; at = nodes_[at].next) {
      symbols.push_back(nodes_[at].symbol);
    }
  }

  std::vector<Merge> pairs_;
  std::vector<Node> nodes_;
  std::vector<std::uint64_t> heap_;  // rank << 32 | position
};

}  // namespace tokenizers::pipeline
