#include "tokenizers/models/unigram.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "tokenizers/formats/fields.h"
#include "tokenizers/models/byte_tokens.h"
#include "tokenizers/pool.h"
#include "tokenizers/text/utf8.h"
#include "tokenizers/token_trie.h"

namespace tokenizers::pipeline {
namespace {

constexpr std::size_t kNowhere = ~std::size_t{0};

/// The best way to reach a position.
struct Node {
  double score = 0;
  std::size_t begin = kNowhere;  // where its last piece begins
  Id id = 0;
};

/// Parts of a word, found from its end on.
struct Part {
  std::size_t begin;
  std::size_t end;
  Id id;
};

struct Workspace {
  std::vector<Node> nodes;
  std::vector<Part> parts;
};

class Unigram final : public Model {
 public:
  explicit Unigram(UnigramPieces pieces)
      : Model(std::move(pieces.vocabulary)),
        scores_(std::move(pieces.scores)),
        unknown_(pieces.unknown),
        unknown_score_(pieces.unknown_score),
        sums_in_float_(pieces.sums_in_float) {
    for (std::size_t i = 0; i < scores_.size(); ++i) {
      const auto piece = this->vocabulary().piece(static_cast<Id>(i));
      if (!piece.has_value() || std::isnan(scores_[i])) continue;
      trie_.insert(*piece, *this->vocabulary().find(*piece));
    }
    if (pieces.byte_fallback) byte_tokens_.emplace(this->vocabulary());
  }

  etllm::Status tokenize(const std::vector<std::string_view>& words,
                         std::vector<Id>& ids) const override {
    const auto workspace = workspaces_.lease();
    for (const std::string_view word : words) {
      if (word.empty()) continue;
      if (!find_best(word, workspace->nodes)) return lacks_unknown();
      collect_parts(word, *workspace);
      for (const Part& part : workspace->parts) {
        append_part(word.substr(part.begin, part.end - part.begin), part.id,
                    ids);
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

  double rounded(double sum) const {
    return sums_in_float_ ? static_cast<double>(static_cast<float>(sum)) : sum;
  }

  /// Takes the way of the given score to a node if it is the first or better.
  void offer(Node& node, double sum, std::size_t begin, Id id) const {
    const double score = rounded(sum);
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
        const double candidate = rounded(unknown_score_ + score);
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
        parts.push_back({node.begin, end, node.id});
      }
      after_unknown = is_unknown;
      end = node.begin;
    }
    std::reverse(parts.begin(), parts.end());
  }

  /// Whether `text` is a piece after all: the unknown token, written out.
  bool is_taken(std::string_view text) const {
    const auto id = vocabulary().find(text);
    return id.has_value() && !std::isnan(scores_[*id]);
  }

  void append_part(std::string_view text, Id id, std::vector<Id>& ids) const {
    if (unknown_.has_value() && id == *unknown_ && !is_taken(text) &&
        byte_tokens_.has_value() && byte_tokens_->append(text, ids)) {
      return;
    }
    ids.push_back(id);
  }

  std::vector<double> scores_;
  std::optional<Id> unknown_;
  double unknown_score_;
  bool sums_in_float_;
  TokenTrie trie_;
  std::optional<ByteTokens> byte_tokens_;
  mutable Pool<Workspace> workspaces_;
};

}  // namespace

std::unique_ptr<Model> make_unigram(UnigramPieces pieces) {
  return std::make_unique<Unigram>(std::move(pieces));
}

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
  double lowest = std::numeric_limits<double>::infinity();
  for (const double score : file.scores) lowest = std::min(lowest, score);
  UnigramPieces pieces;
  pieces.vocabulary = std::move(file.vocabulary);
  pieces.scores = std::move(file.scores);
  pieces.unknown = unknown;
  pieces.unknown_score = lowest - kUnknownPenalty;
  pieces.byte_fallback = byte_fallback;
  return make_unigram(std::move(pieces));
}

}  // namespace tokenizers::pipeline
