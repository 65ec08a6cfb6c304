#include "tokenizers/decoders/word_piece.h"

#include <utility>

#include "tokenizers/decoders/clean_up.h"
#include "tokenizers/formats/fields.h"

namespace tokenizers::pipeline {
namespace {

class WordPieceDecoder final : public Decoder {
 public:
  WordPieceDecoder(std::string prefix, bool cleans)
      : prefix_(std::move(prefix)), cleans_(cleans) {}

  etllm::Status decode(std::vector<std::string>& pieces) const override {
    bool is_first = true;
    for (std::string& piece : pieces) {
      decode_piece(piece, std::exchange(is_first, false));
    }
    return {};
  }

  etllm::Status decode_one(std::string& piece,
                           StreamPosition& position) const override {
    decode_piece(piece, position.is_first);
    return {};
  }

 private:
  void decode_piece(std::string& piece, bool is_first) const {
    if (!is_first) {
      if (piece.starts_with(prefix_)) {
        piece.erase(0, prefix_.size());
      } else {
        piece.insert(0, 1, ' ');
      }
    }
    if (cleans_) clean_up(piece);
  }

  std::string prefix_;
  bool cleans_;
};

}  // namespace

etllm::Status append_word_piece_decoder(const Json& json, Decoders& steps) {
  Fields fields(json, "the decoder WordPiece");
  std::string prefix = fields.text("prefix");
  const bool cleans = fields.boolean("cleanup");
  steps.push_back(
      std::make_unique<WordPieceDecoder>(std::move(prefix), cleans));
  return fields.status();
}

}  // namespace tokenizers::pipeline
