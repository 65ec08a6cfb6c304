#include "tokenizers/models/unigram.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "tokenizers/formats/fields.h"
#include "tokenizers/models/byte_tokens.h"
#include "tokenizers/pool.h"
#include "tokenizers/text/utf8.h"
#include "tokenizers/token_trie.h"

namespace tokenizers::pipeline {
namespace {

/// How much worse than the worst piece an unknown character is.
constexpr double kUnknownPenalty = 10.0;

constexpr std::size_t kNowhere = ~std::size_t{0};

/// The best way to reach a position.
struct Node {
  double score = 0;
  std::size_t begin = kNowhere;  // where its last piece begins
  std::uint64_t id = 0;
};

/// Parts of a word, found from its end on.
struct Part {
  std::size_t begin;
  std::size_t end;
};

struct Workspace {
  std::vector<Node> nodes;
  std::vector<Part> parts;
};

class Unigram final : public Model {
 public:
  Unigram(Vocabulary vocabulary, std::vector<double> scores,
          std::optional<Id> unknown, bool byte_fallback)
      : Model(std::move(vocabulary)),
        scores_(std::move(scores)),
        unknown_(unknown) {
    double lowest = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < scores_.size(); ++i) {
      lowest = std::min(lowest, scores_[i]);
      const auto piece = this->vocabulary().piece(static_cast<Id>(i));
      const auto id = this->vocabulary().find(*piece);
      trie_.insert(*piece, *id);
    }
    unknown_score_ = lowest - kUnknownPenalty;
    if (byte_fallback) byte_tokens_.emplace(this->vocabulary());
  }

  etllm::Status tokenize(const std::vector<std::string_view>& words,
                         std::vector<Id>& ids) const override {
    const auto workspace = workspaces_.lease();
    for (const std::string_view word : words) {
      if (word.empty()) continue;
      if (!find_best(word, workspace->nodes)) return lacks_unknown();
      collect_parts(word, *workspace);
      for (const Part& part : workspace->parts) {
        const auto text = word.substr(part.begin, part.end - part.begin);
        if (!append_part(text, ids)) return lacks_unknown();
      }
    }
    constexpr std::size_t kKeptNodes = 1U << 16U;
    if (workspace->nodes.capacity() > kKeptNodes) *workspace = {};
    return {};
  }

 private:
  static etllm::Status lacks_unknown() {
    return etllm::invalid_argument(
        "the text has a character that the vocabulary lacks, and the model "
        "names no unknown token (unk_id)");
  }

  static void offer(Node& node, double score, std::size_t begin,
                    std::uint64_t id) {
    if (node.begin != kNowhere && !(score > node.score)) return;
    node = {score, begin, id};
  }

  /// Fills the node of each position. False when the unknown token is needed
  /// and does not exist.
  bool find_best(std::string_view word, std::vector<Node>& nodes) const {
    nodes.assign(word.size() + 1, Node());
    for (std::size_t at = 0; at < word.size();) {
      const std::size_t length = utf8_length(word[at]);
      const double score = nodes[at].score;
      bool has_character = false;
      trie_.for_each_prefix(word.substr(at), [&](std::size_t size, Id id) {
        offer(nodes[at + size], scores_[id] + score, at, id);
        has_character = has_character || size == length;
      });
      if (!has_character) {
        Node& node = nodes[at + length];
        const double candidate = unknown_score_ + score;
        if (node.begin == kNowhere || candidate > node.score) {
          if (!unknown_.has_value()) return false;
          node = {candidate, at, *unknown_};
        }
      }
      at += length;
    }
    return true;
  }

  /// Walks back along the best way; neighbours that are unknown are one part.
  void collect_parts(std::string_view word, Workspace& workspace) const {
    std::vector<Part>& parts = workspace.parts;
    parts.clear();
    bool after_unknown = false;
    for (std::size_t end = word.size(); end > 0;) {
      const Node& node = workspace.nodes[end];
      const bool is_unknown = unknown_.has_value() && node.id == *unknown_;
      if (is_unknown && after_unknown) {
        parts.back().begin = node.begin;
      } else {
        parts.push_back({node.begin, end});
      }
      after_unknown = is_unknown;
      end = node.begin;
    }
    std::reverse(parts.begin(), parts.end());
  }

  bool append_part(std::string_view text, std::vector<Id>& ids) const {
    const auto id = vocabulary().find(text);
    if (id.has_value()) {
      ids.push_back(*id);
      return true;
    }
    if (byte_tokens_.has_value() && byte_tokens_->append(text, ids)) {
      return true;
    }
    if (unknown_.has_value()) ids.push_back(*unknown_);
    return unknown_.has_value();
  }

  std::vector<double> scores_;
  std::optional<Id> unknown_;
  double unknown_score_ = 0;
  TokenTrie trie_;
  std::optional<ByteTokens> byte_tokens_;
  mutable Pool<Workspace> workspaces_;
};

}  // namespace

etllm::Result<std::unique_ptr<Model>> make_unigram(TokenizerJson& file) {
  Fields fields(file.root["model"], "the model Unigram");
  std::optional<Id> unknown;
  if (!fields.optional_value("unk_id").is_null()) {
    const std::uint64_t id = fields.count("unk_id");
    if (id >= file.scores.size()) {
      fields.fail("'unk_id' is beyond the vocabulary");
    }
    unknown = static_cast<Id>(id);
  }
  const bool byte_fallback = fields.boolean_or("byte_fallback", false);
  if (file.scores.size() != file.vocabulary.id_bound()) {
    fields.fail("'vocab' is not a list of pieces and scores");
  }
  if (!fields.status().ok()) return fields.status();
  return std::unique_ptr<Model>(std::make_unique<Unigram>(
      std::move(file.vocabulary), std::move(file.scores), unknown,
      byte_fallback));
}

}  // namespace tokenizers::pipeline
