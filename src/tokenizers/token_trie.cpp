#include "tokenizers/token_trie.h"

#include <utility>

namespace tokenizers::pipeline {
namespace {

constexpr std::size_t kStartEdges = 64;

}  // namespace

TokenTrie::TokenTrie() : nodes_(1), edges_(kStartEdges) {}

std::uint32_t TokenTrie::add_node() {
  nodes_.emplace_back();
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

void TokenTrie::grow() {
  std::vector<Edge> old(2 * edges_.size());
  old.swap(edges_);
  for (const Edge& edge : old) {
    if (edge.node != 0) edges_[slot_of(edge.key)] = edge;
  }
}

void TokenTrie::insert(std::string_view text, Id id) {
  if (text.empty()) return;
  std::uint32_t& first = first_[static_cast<unsigned char>(text[0])];
  if (first == 0) first = add_node();
  std::uint32_t node = first;
  for (const char byte : text.substr(1)) {
    if (2 * nodes_.size() > edges_.size()) grow();
    Edge& edge = edges_[slot_of(key_of(node, byte))];
    if (edge.node == 0) edge = {key_of(node, byte), add_node()};
    node = edge.node;
  }
  if (nodes_[node].ends_text) return;
  nodes_[node] = {id, true};
}

std::optional<TokenTrie::Match> TokenTrie::find(std::string_view text,
                                                std::size_t from) const {
  for (; from < text.size(); ++from) {
    if (first_[static_cast<unsigned char>(text[from])] == 0) continue;
    std::optional<Match> longest;
    for_each_prefix(text.substr(from), [&](std::size_t size, Id id) {
      longest = {from, from + size, id};
    });
    if (longest.has_value()) return longest;
  }
  return std::nullopt;
}

}  // namespace tokenizers::pipeline
