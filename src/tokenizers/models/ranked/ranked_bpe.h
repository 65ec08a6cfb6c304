#pragma once

// Byte-pair encoding without a list of merges: two neighbours merge when the
// text of both is a piece, the piece of the lowest rank first. So TikToken
// (ranks are ids), SentencePiece and llama2.c (ranks follow from scores) work.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "tokenizers/models/model.h"
#include "tokenizers/models/ranked/unused_pieces.h"

namespace tokenizers::pipeline {

/// What such a model is made of.
struct RankedPieces {
  static constexpr std::uint32_t kNeverMerged = ~std::uint32_t{0};

  Vocabulary vocabulary;
  /// By id, `vocabulary.id_bound()` of them; `kNeverMerged` for pieces that no
  /// merge may give.
  std::vector<std::uint32_t> ranks;
  /// Words start from bytes, else from characters.
  bool from_bytes = false;
  /// A word that is a piece is not looked into.
  bool whole_words = false;
  /// A character that the vocabulary lacks becomes the tokens of its bytes,
  /// where they exist; else `unknown`, one token for several in a row.
  bool byte_fallback = false;
  std::optional<Id> unknown;
  std::optional<UnusedPieces> unused;
};

/// Ranks from scores: the highest score gets the lowest rank, equal scores the
/// same one.
std::vector<std::uint32_t> ranks_of_scores(const std::vector<float>& scores);

std::unique_ptr<Model> make_ranked_bpe(RankedPieces pieces);

}  // namespace tokenizers::pipeline
