#include "tokenizers/models/bpe/bpe.h"

#include <algorithm>
#include <string>
#include <utility>

#include "tokenizers/formats/fields.h"
#include "tokenizers/hash.h"
#include "tokenizers/models/bpe/merge_table.h"
#include "tokenizers/models/bpe/start_symbols.h"
#include "tokenizers/models/bpe/word_cache.h"
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

class Bpe final : public Model {
 public:
  Bpe(Vocabulary vocabulary, MergeTable merges, StartRules rules,
      bool ignores_merges, WordAlphabet alphabet)
      : Model(std::move(vocabulary)),
        merges_(std::move(merges)),
        start_(std::move(rules), this->vocabulary(), alphabet),
        ignores_merges_(ignores_merges),
        alphabet_(alphabet) {}

  etllm::Status tokenize(const std::vector<std::string_view>& words,
                         std::vector<Id>& ids) const override {
    const auto workspace = workspaces_.lease();
    for (const std::string_view word : words) {
      if (word.empty()) continue;
      const etllm::Status added = WordCache::fits(word)
                                      ? add_cached(word, *workspace, ids)
                                      : add(word, *workspace, ids);
      if (!added.ok()) return added;
    }
    workspace->merger.shrink();
    return {};
  }

 private:
  etllm::Status add_cached(std::string_view word, Workspace& workspace,
                           std::vector<Id>& ids) const {
    WordCache::Entry& entry = workspace.cache.entry_of(hash_of(word));
    if (entry.holds(word)) {
      ids.insert(ids.end(), entry.ids.begin(),
                 entry.ids.begin() + entry.id_count);
      return {};
    }
    const std::size_t before = ids.size();
    const etllm::Status added = add(word, workspace, ids);
    const std::size_t count = ids.size() - before;
    if (added.ok() && count <= WordCache::Entry::kMaxIds) {
      entry.text_length = static_cast<std::uint8_t>(word.size());
      entry.id_count = static_cast<std::uint8_t>(count);
      std::copy(word.begin(), word.end(), entry.text.begin());
      std::copy_n(ids.end() - static_cast<std::ptrdiff_t>(count), count,
                  entry.ids.begin());
    }
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
  WordAlphabet alphabet_;
  mutable Pool<Workspace> workspaces_;
};

std::string quoted(std::string_view text) {
  return "'" + std::string(text) + "'";
}

/// Looks the pieces of the merges up. A merge drops the prefix of its right
/// piece, which stands inside the word from then on.
etllm::Result<MergeTable> make_merge_table(const TokenizerJson& file,
                                           std::size_t prefix_bytes) {
  MergeTable table(file.merges.size());
  etllm::Status status;
  std::uint32_t rank = 0;
  std::string joined;
  const Vocabulary& vocabulary = file.vocabulary;
  file.merges.for_each([&](const MergeText& merge) {
    if (!status.ok()) return;
    const auto left = vocabulary.find(merge.left);
    const auto right = vocabulary.find(merge.right);
    joined = merge.left;
    if (merge.right.size() >= prefix_bytes) {
      joined += merge.right.substr(prefix_bytes);
    }
    const auto id = vocabulary.find(joined);
    if (left.has_value() && right.has_value() && id.has_value()) {
      table.insert(*left, *right, {rank++, *id});
      return;
    }
    status = etllm::invalid_data("model.merges joins " + quoted(merge.left) +
                                 " and " + quoted(merge.right) +
                                 ", which are not all in model.vocab");
  });
  if (!status.ok()) return status;
  return table;
}

}  // namespace

etllm::Result<std::unique_ptr<Model>> make_bpe(TokenizerJson& file,
                                               WordAlphabet alphabet) {
  Fields fields(file.root["model"], "the model BPE");
  StartRules rules;
  rules.unknown_token = fields.optional_text("unk_token");
  rules.continuing_prefix =
      fields.optional_text("continuing_subword_prefix").value_or("");
  rules.end_suffix = fields.optional_text("end_of_word_suffix").value_or("");
  rules.fuse_unknown = fields.boolean_or("fuse_unk", false);
  rules.byte_fallback = fields.boolean_or("byte_fallback", false);
  const bool ignores_merges = fields.boolean_or("ignore_merges", false);
  if (!fields.status().ok()) return fields.status();
  auto merges = make_merge_table(file, rules.continuing_prefix.size());
  if (!merges.ok()) return merges.status();
  return std::unique_ptr<Model>(
      std::make_unique<Bpe>(std::move(file.vocabulary), *std::move(merges),
                            std::move(rules), ignores_merges, alphabet));
}

}  // namespace tokenizers::pipeline
