#pragma once

// What a SentencePiece `.model` file says: a protocol buffer message ModelProto
// of sentencepiece_model.proto.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace tokenizers::pipeline {

/// Views into the file.
struct SentencePieceModel {
  enum class PieceType {
    kNormal = 1,
    kUnknown = 2,
    kControl = 3,
    kUserDefined = 4,
    kUnused = 5,
    kByte = 6,
  };
  struct Piece {
    std::string_view text;
    float score = 0;
    PieceType type = PieceType::kNormal;
  };
  enum class ModelType { kUnigram = 1, kBpe = 2, kWord = 3, kCharacter = 4 };

  std::vector<Piece> pieces;  // by id
  ModelType type = ModelType::kUnigram;
  bool byte_fallback = false;
  bool space_as_suffix = false;
  std::string_view unknown_surface = " \xe2\x81\x87 ";
  std::string_view bos_piece = "<s>";
  std::string_view eos_piece = "</s>";
  std::string_view character_map;
  bool add_dummy_prefix = true;
  bool remove_extra_whitespaces = true;
  bool escape_whitespaces = true;
};

/// Fails when the message is broken, has no pieces or no single unknown piece,
/// or has a piece twice, an empty piece or a score that is no number.
etllm::Result<SentencePieceModel> parse_sentencepiece(std::string_view content);

}  // namespace tokenizers::pipeline
