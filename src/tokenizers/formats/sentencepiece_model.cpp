#include "tokenizers/formats/sentencepiece_model.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "tokenizers/formats/protobuf.h"
#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {
namespace {

using Model = SentencePieceModel;

/// Bounds the time of a search: pieces are looked for at each position anew.
constexpr std::size_t kMaxPieceBytes = 1024;

etllm::Status broken() {
  return etllm::invalid_data("its protocol buffer is broken or cut off");
}

etllm::Status parse_piece(std::string_view message, Model& model) {
  Model::Piece piece;
  std::uint64_t type = 1;
  ProtobufReader reader(message);
  while (reader.next()) {
    if (reader.number() == 1) piece.text = reader.bytes();
    if (reader.number() == 2) piece.score = reader.real();
    if (reader.number() == 3) type = reader.integer();
  }
  if (reader.is_broken()) return broken();
  const std::string id = std::to_string(model.pieces.size());
  if (piece.text.empty() ||
      valid_utf8_prefix(piece.text) != piece.text.size()) {
    return etllm::invalid_data("piece " + id + " is empty or not UTF-8");
  }
  if (piece.text.size() > kMaxPieceBytes) {
    return etllm::not_supported("piece " + id + " is longer than " +
                                std::to_string(kMaxPieceBytes) + " bytes");
  }
  if (std::isnan(piece.score)) {
    return etllm::invalid_data("the score of piece " + id + " is not a number");
  }
  if (type < 1 || type > 6) {
    return etllm::invalid_data("piece " + id + " has the type " +
                               std::to_string(type) + ", which is none");
  }
  piece.type = static_cast<Model::PieceType>(type);
  model.pieces.push_back(piece);
  return {};
}

etllm::Status parse_trainer(std::string_view message, Model& model) {
  std::uint64_t type = 1;
  ProtobufReader reader(message);
  while (reader.next()) {
    switch (reader.number()) {
      case 3:
        type = reader.integer();
        break;
      case 24:
        model.space_as_suffix = reader.integer() != 0;
        break;
      case 35:
        model.byte_fallback = reader.integer() != 0;
        break;
      case 44:
        model.unknown_surface = reader.bytes();
        break;
      case 46:
        model.bos_piece = reader.bytes();
        break;
      case 47:
        model.eos_piece = reader.bytes();
        break;
      default:
        break;
    }
  }
  if (reader.is_broken()) return broken();
  if (type < 1 || type > 4) {
    return etllm::invalid_data("the model type " + std::to_string(type) +
                               " does not exist");
  }
  model.type = static_cast<Model::ModelType>(type);
  return {};
}

etllm::Status parse_normalizer(std::string_view message, Model& model) {
  ProtobufReader reader(message);
  while (reader.next()) {
    switch (reader.number()) {
      case 2:
        model.character_map = reader.bytes();
        break;
      case 3:
        model.add_dummy_prefix = reader.integer() != 0;
        break;
      case 4:
        model.remove_extra_whitespaces = reader.integer() != 0;
        break;
      case 5:
        model.escape_whitespaces = reader.integer() != 0;
        break;
      default:
        break;
    }
  }
  return reader.is_broken() ? broken() : etllm::Status();
}

etllm::Status check(const Model& model) {
  std::unordered_set<std::string_view> texts;
  for (const Model::Piece& piece : model.pieces) {
    if (!texts.insert(piece.text).second) {
      return etllm::invalid_data("the piece '" + std::string(piece.text) +
                                 "' is there twice");
    }
  }
  const auto unknown = std::count_if(
      model.pieces.begin(), model.pieces.end(), [](const Model::Piece& piece) {
        return piece.type == Model::PieceType::kUnknown;
      });
  if (unknown != 1) {
    return etllm::invalid_data("it has " + std::to_string(unknown) +
                               " unknown pieces instead of one");
  }
  return {};
}

}  // namespace

etllm::Result<SentencePieceModel> parse_sentencepiece(
    std::string_view content) {
  SentencePieceModel model;
  ProtobufReader reader(content);
  etllm::Status status;
  while (status.ok() && reader.next()) {
    if (reader.number() == 1) status = parse_piece(reader.bytes(), model);
    if (reader.number() == 2) status = parse_trainer(reader.bytes(), model);
    if (reader.number() == 3) status = parse_normalizer(reader.bytes(), model);
  }
  if (status.ok() && reader.is_broken()) status = broken();
  if (status.ok()) status = check(model);
  if (!status.ok()) return status;
  return model;
}

}  // namespace tokenizers::pipeline
