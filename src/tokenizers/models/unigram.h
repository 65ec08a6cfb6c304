#pragma once

// Unigram: the pieces with the largest sum of scores.

#include <memory>
#include <optional>
#include <vector>

#include "tokenizers/models/model.h"

namespace tokenizers::pipeline {

/// How much worse than the worst piece an unknown character is.
inline constexpr double kUnknownPenalty = 10.0;

/// What such a model is made of.
struct UnigramPieces {
  Vocabulary vocabulary;
  /// By id, `vocabulary.id_bound()` of them; NaN for pieces that are never
  /// taken.
  std::vector<double> scores;
  /// For what the vocabulary lacks; one token for several in a row.
  std::optional<Id> unknown;
  double unknown_score = 0;
  /// The tokens of bytes, where they exist, take the place of the unknown one.
  bool byte_fallback = false;
  /// Sums are rounded to `float`, as SentencePiece does.
  bool sums_in_float = false;
};

std::unique_ptr<Model> make_unigram(UnigramPieces pieces);

/// The Unigram model of `file`, whose tables it takes.
etllm::Result<std::unique_ptr<Model>> make_unigram(TokenizerJson& file);

}  // namespace tokenizers::pipeline
