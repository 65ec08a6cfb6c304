#include "tokenizers/models/bpe/bpe.h"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "tokenizers/formats/fields.h"
#include "tokenizers/hash.h"
#include "tokenizers/models/bpe/merge_table.h"
#include "tokenizers/models/bpe/start_symbols.h"
#include "tokenizers/models/bpe/word_cache.h"
#include "tokenizers/models/bpe/word_cut.h"
#include "tokenizers/models/bpe/word_merger.h"
#include "tokenizers/pool.h"
#include "tokenizers/text/byte_alphabet.h"

namespace tokenizers::pipeline {
namespace {

/// What one thread needs.
struct Workspace {
  WordCache cache;
  WordMerger merger;
  std::vector<Id> symbols;
  std::string spelled;
};

struct BpeRules {
  StartRules start;
  WordAlphabet alphabet = WordAlphabet::kText;
  bool ignores_merges = false;  // a word that is a piece is not looked into
  bool cuts_at_marks = false;
};

class Bpe final : public Model {
 public:
  Bpe(Vocabulary vocabulary, MergeTable merges, const BpeRules& rules)
      : Model(std::move(vocabulary)),
        merges_(std::move(merges)),
        start_(rules.start, this->vocabulary(), rules.alphabet),
        ignores_merges_(rules.ignores_merges),
        cuts_at_marks_(rules.cuts_at_marks),
        alphabet_(rules.alphabet) {}

  etllm::Status tokenize(const std::vector<std::string_view>& words,
                         std::vector<Id>& ids) const override {
    const auto workspace = workspaces_.lease();
    for (const std::string_view word : words) {
      std::string_view rest = word;
      while (!rest.empty()) {
        const std::string_view part =
            cuts_at_marks_ ? take_part(rest) : std::exchange(rest, {});
        const etllm::Status added = WordCache::fits(part)
                                        ? add_cached(part, *workspace, ids)
                                        : add(part, *workspace, ids);
        if (!added.ok()) return added;
      }
    }
    workspace->merger.shrink();
    return {};
  }

 private:
  etllm::Status add_cached(std::string_view word, Workspace& workspace,
                           std::vector<Id>& ids) const {
    WordCache::Entry& entry = workspace.cache.entry_of(hash_of(word));
    if (entry.holds(word)) {
      const auto found = entry.found();
      ids.insert(ids.end(), found.begin(), found.end());
      return {};
    }
    const std::size_t before = ids.size();
    const etllm::Status added = add(word, workspace, ids);
    if (added.ok()) entry.remember(word, std::span(ids).subspan(before));
    return added;
  }

  etllm::Status add(std::string_view word, Workspace& workspace,
                    std::vector<Id>& ids) const {
    if (ignores_merges_) {
      const auto id = vocabulary().find(spelling(word, workspace));
      if (id.has_value()) {
        ids.push_back(*id);
        return {};
      }
    }
    std::vector<Id>& symbols = workspace.symbols;
    const etllm::Status filled = start_.fill(vocabulary(), word, symbols);
    if (!filled.ok()) return filled;
    workspace.merger.merge(merges_, symbols);
    ids.insert(ids.end(), symbols.begin(), symbols.end());
    return {};
  }

  /// `word` as the vocabulary writes it.
  std::string_view spelling(std::string_view word, Workspace& workspace) const {
    if (alphabet_ == WordAlphabet::kText) return word;
    workspace.spelled.clear();
    append_byte_characters(workspace.spelled, word);
    return workspace.spelled;
  }

  MergeTable merges_;
  StartSymbols start_;
  bool ignores_merges_;
  bool cuts_at_marks_;
  WordAlphabet alphabet_;
  mutable Pool<Workspace> workspaces_;
};

std::string quoted(std::string_view text) {
  return "'" + std::string(text) + "'";
}

/// Fills a merge table. A merge drops the prefix of its right piece, which
/// stands inside the word from then on.
class MergeTableBuilder {
 public:
  MergeTableBuilder(const Vocabulary& vocabulary, std::size_t count,
                    std::size_t prefix_bytes)
      : vocabulary_(vocabulary), prefix_bytes_(prefix_bytes), table_(count) {}

  /// Fails on a merge whose pieces are not all in the vocabulary.
  etllm::Result<MergeTable> build(const MergeList& merges) && {
    merges.for_each([this](const MergeText& merge) {
      if (count_ == kBatch) flush();
      merges_[count_++] = merge;
    });
    flush();
    if (!status_.ok()) return status_;
    return std::move(table_);
  }

 private:
  /// Merges are looked up together, so that they wait for memory together.
  static constexpr std::size_t kBatch = 32;

  void flush() {
    const std::size_t count = std::exchange(count_, 0);
    if (!status_.ok()) return;
    std::array<std::string_view, 2 * kBatch> pieces;
    std::array<std::optional<Id>, 2 * kBatch> ids;
    std::array<std::optional<Id>, kBatch> joined;
    for (std::size_t i = 0; i < count; ++i) {
      pieces[2 * i] = merges_[i].left;
      pieces[2 * i + 1] = merges_[i].right;
    }
    vocabulary_.find_all(std::span(pieces).first(2 * count),
                         std::span(ids).first(2 * count));
    for (std::size_t i = 0; i < count; ++i) {
      joined[i] = find_joined(merges_[i]);
      if (!ids[2 * i] || !ids[2 * i + 1] || !joined[i]) {
        status_ = unknown_piece(merges_[i]);
        return;
      }
      table_.fetch_slot(*ids[2 * i], *ids[2 * i + 1]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      table_.insert(*ids[2 * i], *ids[2 * i + 1], {rank_++, *joined[i]});
    }
  }

  /// The id of what a merge makes. Training numbers these in the order of the
  /// merges, so the next id is nearly always the one.
  std::optional<Id> find_joined(const MergeText& merge) {
    std::string_view text = merge.joined();
    std::string without_prefix;
    if (prefix_bytes_ != 0) {
      without_prefix = merge.left;
      if (merge.right.size() >= prefix_bytes_) {
        without_prefix += merge.right.substr(prefix_bytes_);
      }
      text = without_prefix;
    }
    std::optional<Id> id = next_joined_;
    if (vocabulary_.piece(next_joined_) != text) id = vocabulary_.find(text);
    if (id) next_joined_ = *id + 1;
    return id;
  }

  static etllm::Status unknown_piece(const MergeText& merge) {
    return etllm::invalid_data("model.merges joins " + quoted(merge.left) +
                               " and " + quoted(merge.right) +
                               ", which are not all in model.vocab");
  }

  const Vocabulary& vocabulary_;
  std::size_t prefix_bytes_;
  MergeTable table_;
  std::array<MergeText, kBatch> merges_;
  std::size_t count_ = 0;
  std::uint32_t rank_ = 0;
  Id next_joined_ = 0;
  etllm::Status status_;
};

}  // namespace

etllm::Result<std::unique_ptr<Model>> make_bpe(TokenizerJson& file,
                                               WordAlphabet alphabet) {
  Fields fields(file.root["model"], "the model BPE");
  BpeRules rules;
  StartRules& start = rules.start;
  start.unknown_token = fields.optional_text("unk_token");
  start.continuing_prefix =
      fields.optional_text("continuing_subword_prefix").value_or("");
  start.end_suffix = fields.optional_text("end_of_word_suffix").value_or("");
  start.fuse_unknown = fields.boolean_or("fuse_unk", false);
  start.byte_fallback = fields.boolean_or("byte_fallback", false);
  rules.alphabet = alphabet;
  rules.ignores_merges = fields.boolean_or("ignore_merges", false);
  if (!fields.status().ok()) return fields.status();
  auto merges = MergeTableBuilder(file.vocabulary, file.merges.size(),
                                  start.continuing_prefix.size())
                    .build(file.merges);
  if (!merges.ok()) return merges.status();
  rules.cuts_at_marks =
      alphabet == WordAlphabet::kText && !rules.ignores_merges &&
      start.continuing_prefix.empty() && start.end_suffix.empty() &&
      can_cut_at_marks(file.merges, file.vocabulary);
  return std::unique_ptr<Model>(std::make_unique<Bpe>(
      std::move(file.vocabulary), *std::move(merges), rules));
}

}  // namespace tokenizers::pipeline
