#include "tokenizers/formats/sentencepiece.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "tokenizers/decoders/sentence_piece.h"
#include "tokenizers/formats/protobuf.h"
#include "tokenizers/formats/sentencepiece_model.h"
#include "tokenizers/models/ranked/ranked_bpe.h"
#include "tokenizers/models/unigram.h"
#include "tokenizers/normalizers/sentence_piece.h"

namespace tokenizers::pipeline {
namespace {

using PieceType = SentencePieceModel::PieceType;
using ModelType = SentencePieceModel::ModelType;

bool is_text(PieceType type) {
  return type == PieceType::kNormal || type == PieceType::kUserDefined ||
         type == PieceType::kUnused;
}

etllm::Result<Vocabulary> make_vocabulary(const SentencePieceModel& file) {
  Vocabulary vocabulary;
  Id id = 0;
  for (const auto& piece : file.pieces) vocabulary.append(piece.text, id++);
  const etllm::Status indexed = vocabulary.build_index();
  if (!indexed.ok()) return indexed;
  return vocabulary;
}

Id unknown_id(const SentencePieceModel& file) {
  Id id = 0;
  while (file.pieces[id].type != PieceType::kUnknown) ++id;
  return id;
}

bool has_unused(const SentencePieceModel& file) {
  return std::ranges::any_of(file.pieces, [](const auto& piece) {
    return piece.type == PieceType::kUnused;
  });
}

UnusedPieces make_unused_pieces(const SentencePieceModel& file) {
  std::vector<bool> is_unused;
  TokenTrie frozen;
  for (Id id = 0; id < file.pieces.size(); ++id) {
    const auto& piece = file.pieces[id];
    is_unused.push_back(piece.type == PieceType::kUnused);
    if (piece.type == PieceType::kUserDefined) frozen.insert(piece.text, id);
  }
  return {std::move(is_unused), std::move(frozen)};
}

std::unique_ptr<Model> make_bpe(const SentencePieceModel& file,
                                Vocabulary vocabulary) {
  RankedPieces pieces;
  std::vector<float> scores;
  for (const auto& piece : file.pieces) scores.push_back(piece.score);
  pieces.ranks = ranks_of_scores(scores);
  for (std::size_t id = 0; id < file.pieces.size(); ++id) {
    if (!is_text(file.pieces[id].type)) {
      pieces.ranks[id] = RankedPieces::kNeverMerged;
    }
  }
  pieces.vocabulary = std::move(vocabulary);
  pieces.byte_fallback = file.byte_fallback;
  pieces.unknown = unknown_id(file);
  if (has_unused(file)) pieces.unused = make_unused_pieces(file);
  return make_ranked_bpe(std::move(pieces));
}

std::unique_ptr<Model> make_unigram_model(const SentencePieceModel& file,
                                          Vocabulary vocabulary) {
  float lowest = std::numeric_limits<float>::max();
  for (const auto& piece : file.pieces) {
    if (piece.type != PieceType::kNormal) continue;
    lowest = std::min(lowest, piece.score);
  }
  UnigramPieces pieces;
  for (const auto& piece : file.pieces) {
    double score = std::numeric_limits<double>::quiet_NaN();
    if (piece.type == PieceType::kNormal) score = piece.score;
    if (piece.type == PieceType::kUserDefined) {
      // Nearly always better than any other way through the same text.
      score = static_cast<double>(piece.text.size()) * 0.1 - 0.1;
    }
    pieces.scores.push_back(score);
  }
  pieces.vocabulary = std::move(vocabulary);
  pieces.unknown = unknown_id(file);
  pieces.unknown_score = lowest - static_cast<float>(kUnknownPenalty);
  pieces.byte_fallback = file.byte_fallback;
  pieces.sums_in_float = true;
  return make_unigram(std::move(pieces));
}

/// Control pieces are no text. User-defined ones stay whole in BPE; the model
/// itself sees to that when it has unused ones.
AddedTokens make_added_tokens(const SentencePieceModel& file,
                              std::vector<AddedTokens::Entry> entries) {
  const bool cuts_text = file.type == ModelType::kBpe && !has_unused(file);
  for (Id id = 0; id < file.pieces.size(); ++id) {
    const auto& piece = file.pieces[id];
    if (piece.type == PieceType::kControl) {
      entries.push_back(
          {std::string(piece.text), id, AddedTokens::Search::kNowhere, true});
    } else if (piece.type == PieceType::kUserDefined && cuts_text) {
      entries.push_back({std::string(piece.text), id,
                         AddedTokens::Search::kInNormalizedText, false});
    }
  }
  return AddedTokens::from_entries(entries);
}

std::optional<Id> control_id(const SentencePieceModel& file,
                             std::string_view text) {
  for (Id id = 0; id < file.pieces.size(); ++id) {
    const auto& piece = file.pieces[id];
    if (piece.text == text && piece.type == PieceType::kControl) return id;
  }
  return std::nullopt;
}

}  // namespace

std::string_view why_not_sentencepiece(std::string_view content) {
  ProtobufReader file(content);
  if (file.next() && file.number() == 1) {
    ProtobufReader piece(file.bytes());
    if (piece.next() && piece.number() == 1 && !piece.bytes().empty())
      return "";
  }
  return "it does not begin with a piece in a protocol buffer";
}

etllm::Result<LoadedPipeline> read_sentencepiece(
    std::string_view content, const std::vector<AddedTokens::Entry>& added) {
  const auto file = parse_sentencepiece(content);
  if (!file.ok()) return file.status();
  if (file->type != ModelType::kBpe && file->type != ModelType::kUnigram) {
    return etllm::not_supported(
        "it is a model of words or characters; only BPE and Unigram models "
        "are supported");
  }
  auto vocabulary = make_vocabulary(*file);
  if (!vocabulary.ok()) return vocabulary.status();
  auto normalizer = make_sentence_piece_normalizer(*file);
  if (!normalizer.ok()) return normalizer.status();
  Stages stages;
  stages.model = file->type == ModelType::kBpe
                     ? make_bpe(*file, *std::move(vocabulary))
                     : make_unigram_model(*file, *std::move(vocabulary));
  stages.normalizers.push_back(*std::move(normalizer));
  stages.added = make_added_tokens(*file, added);
  stages.decoders.emplace();
  stages.decoders->push_back(make_sentence_piece_decoder(*file));
  return LoadedPipeline{Pipeline(std::move(stages)),
                        control_id(*file, file->bos_piece),
                        control_id(*file, file->eos_piece)};
}

}  // namespace tokenizers::pipeline
