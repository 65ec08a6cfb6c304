#include "tokenizers/models/ranked/ranked_bpe.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <string_view>
#include <utility>

#include "tokenizers/models/bpe/symbol_merger.h"
#include "tokenizers/models/bpe/word_cache.h"
#include "tokenizers/models/bpe/word_cut.h"
#include "tokenizers/models/byte_tokens.h"
#include "tokenizers/pool.h"
#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {
namespace {

/// A part of the word, and its token if it is a piece.
struct TextSymbol {
  std::string_view text;
  std::optional<Id> id;
  bool is_frozen = false;
};

struct TextRules {
  using Symbol = TextSymbol;

  Merge find(const Symbol& left, const Symbol& right) const {
    const std::string_view both = joined(left, right);
    if (both.size() > vocabulary.longest_piece()) return kNoMerge;
    const auto id = vocabulary.find(both);
    if (!id.has_value()) return kNoMerge;
    if (unused != nullptr) {
      if (left.is_frozen || right.is_frozen) return kNoMerge;
      if (unused->contains(*id)) left_sizes[both] = left.text.size();
    }
    return {ranks[*id], *id};
  }

  static Symbol join(const Symbol& left, const Symbol& right,
                     const Merge& merge) {
    return {joined(left, right), merge.id};
  }

  static std::string_view joined(const Symbol& left, const Symbol& right) {
    return {left.text.data(), left.text.size() + right.text.size()};
  }

  static constexpr Merge kNoMerge{Merge::kNoRank, 0};

  const Vocabulary& vocabulary;
  const std::vector<std::uint32_t>& ranks;
  const UnusedPieces* unused;
  LeftSizes& left_sizes;
};
static_assert(RankedPieces::kNeverMerged == Merge::kNoRank);

/// What one thread needs.
struct Workspace {
  WordCache cache;
  SymbolMerger<TextRules> merger;
  std::vector<TextSymbol> symbols;
  std::vector<Id> ids;
  LeftSizes left_sizes;
  std::vector<std::string_view> stack;
};

/// Whether words may be cut in front of SentencePiece's marks for spaces: no
/// piece has one behind another character.
bool can_cut_at_marks(const RankedPieces& pieces) {
  if (pieces.from_bytes || pieces.whole_words) return false;
  if (pieces.unused.has_value()) return false;
  for (Id id = 0; id < pieces.ranks.size(); ++id) {
    if (pieces.ranks[id] == RankedPieces::kNeverMerged) continue;
    std::string_view piece = pieces.vocabulary.piece(id).value_or("");
    while (piece.starts_with(kSpaceMark))
      piece.remove_prefix(kSpaceMark.size());
    if (piece.find(kSpaceMark) != std::string_view::npos) return false;
  }
  return true;
}

class RankedBpe final : public Model {
 public:
  RankedBpe(RankedPieces pieces, bool cuts_at_marks)
      : Model(std::move(pieces.vocabulary)),
        pieces_(std::move(pieces)),
        cuts_at_marks_(cuts_at_marks) {
    if (pieces_.byte_fallback) byte_tokens_.emplace(vocabulary());
  }

  etllm::Status tokenize(const std::vector<std::string_view>& words,
                         std::vector<Id>& ids) const override {
    const auto workspace = workspaces_.lease();
    for (const std::string_view word : words) {
      std::string_view rest = word;
      while (!rest.empty()) {
        const std::string_view part =
            cuts_at_marks_ ? take_part(rest) : std::exchange(rest, {});
        if (WordCache::fits(part)) {
          add_cached(part, *workspace, ids);
        } else {
          find_ids(part, *workspace);
          append(workspace->ids, ids);
        }
      }
    }
    workspace->merger.shrink();
    return {};
  }

 private:
  void add_cached(std::string_view word, Workspace& workspace,
                  std::vector<Id>& ids) const {
    WordCache::Entry& entry = workspace.cache.entry_of(hash_of(word));
    if (entry.holds(word)) return append(entry.found(), ids);
    find_ids(word, workspace);
    entry.remember(word, workspace.ids);
    append(workspace.ids, ids);
  }

  /// Neighbours that are unknown are one token, over words too.
  void append(std::span<const Id> found, std::vector<Id>& ids) const {
    if (found.empty()) return;
    const bool fuses = pieces_.unknown.has_value() && !ids.empty() &&
                       ids.back() == *pieces_.unknown &&
                       found.front() == *pieces_.unknown;
    ids.insert(ids.end(), found.begin() + (fuses ? 1 : 0), found.end());
  }

  /// Fills `workspace.ids` with those of `word`, not empty.
  void find_ids(std::string_view word, Workspace& workspace) const {
    workspace.ids.clear();
    if (pieces_.whole_words) {
      if (const auto id = vocabulary().find(word)) {
        workspace.ids.push_back(*id);
        return;
      }
    }
    std::vector<TextSymbol>& symbols = workspace.symbols;
    find_start_symbols(word, symbols);
    const UnusedPieces* const unused =
        pieces_.unused.has_value() ? &*pieces_.unused : nullptr;
    workspace.left_sizes.clear();
    workspace.merger.merge(
        {vocabulary(), pieces_.ranks, unused, workspace.left_sizes}, symbols);
    for (const TextSymbol& symbol : symbols) {
      if (unused != nullptr && symbol.id.has_value() &&
          unused->contains(*symbol.id)) {
        append_unused(symbol.text, workspace);
      } else {
        append_symbol(symbol, workspace.ids);
      }
    }
  }

  /// What remains of an unused piece; a character that is one is unknown.
  void append_unused(std::string_view text, Workspace& workspace) const {
    split_unused(
        text, workspace.left_sizes, workspace.stack,
        [&](std::string_view part) {
          TextSymbol symbol{part, vocabulary().find(part)};
          if (symbol.id.has_value() && pieces_.unused->contains(*symbol.id)) {
            symbol.id.reset();
          }
          append_symbol(symbol, workspace.ids);
        });
  }

  void find_start_symbols(std::string_view word,
                          std::vector<TextSymbol>& symbols) const {
    symbols.clear();
    while (!word.empty()) {
      const std::size_t frozen =
          pieces_.unused.has_value() ? pieces_.unused->frozen_prefix(word) : 0;
      const std::size_t character =
          pieces_.from_bytes ? 1 : utf8_length(word[0]);
      const auto text = word.substr(0, frozen != 0 ? frozen : character);
      symbols.push_back({text, vocabulary().find(text), frozen != 0});
      word.remove_prefix(text.size());
    }
  }

  void append_symbol(const TextSymbol& symbol, std::vector<Id>& ids) const {
    if (symbol.id.has_value()) {
      ids.push_back(*symbol.id);
    } else if (!byte_tokens_.has_value() ||
               !byte_tokens_->append(symbol.text, ids)) {
      const bool is_new = ids.empty() || ids.back() != pieces_.unknown;
      if (pieces_.unknown.has_value() && is_new) {
        ids.push_back(*pieces_.unknown);
      }
    }
  }

  RankedPieces pieces_;  // its vocabulary has moved to the base
  bool cuts_at_marks_;
  std::optional<ByteTokens> byte_tokens_;
  mutable Pool<Workspace> workspaces_;
};

}  // namespace

std::vector<std::uint32_t> ranks_of_scores(const std::vector<float>& scores) {
  std::vector<std::uint32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return scores[a] > scores[b];
  });
  std::vector<std::uint32_t> ranks(scores.size());
  std::uint32_t rank = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i != 0 && scores[order[i]] < scores[order[i - 1]]) ++rank;
    ranks[order[i]] = rank;
  }
  return ranks;
}

std::unique_ptr<Model> make_ranked_bpe(RankedPieces pieces) {
  const bool cuts_at_marks = can_cut_at_marks(pieces);
  return std::make_unique<RankedBpe>(std::move(pieces), cuts_at_marks);
}

}  // namespace tokenizers::pipeline
