#include "tokenizers/token_trie.h"

namespace tokenizers::pipeline {

TokenTrie::TokenTrie() : nodes_(1) { first_.fill(0); }

std::uint32_t TokenTrie::child(std::uint32_t node, char byte) const {
  if (node == 0) return first_[static_cast<unsigned char>(byte)];
  std::uint32_t next = nodes_[node].first_child;
  while (next != 0 && nodes_[next].byte != byte) {
    next = nodes_[next].next_sibling;
  }
  return next;
}

void TokenTrie::insert(std::string_view text, Id id) {
  if (text.empty()) return;
  std::uint32_t node = 0;
  for (const char byte : text) {
    std::uint32_t next = child(node, byte);
    if (next == 0) {
      next = static_cast<std::uint32_t>(nodes_.size());
      nodes_.push_back({0, nodes_[node].first_child, 0, false, byte});
      nodes_[node].first_child = next;
      if (node == 0) first_[static_cast<unsigned char>(byte)] = next;
    }
    node = next;
  }
  if (nodes_[node].ends_text) return;
  nodes_[node].ends_text = true;
  nodes_[node].id = id;
}

std::optional<TokenTrie::Match> TokenTrie::find(std::string_view text,
                                                std::size_t from) const {
  for (; from < text.size(); ++from) {
    std::uint32_t node = first_[static_cast<unsigned char>(text[from])];
    std::optional<Match> longest;
    for (std::size_t at = from + 1; node != 0; ++at) {
      if (nodes_[node].ends_text) longest = {from, at, nodes_[node].id};
      if (at == text.size()) break;
      node = child(node, text[at]);
    }
    if (longest.has_value()) return longest;
  }
  return std::nullopt;
}

}  // namespace tokenizers::pipeline
