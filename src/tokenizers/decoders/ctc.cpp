#include "tokenizers/decoders/ctc.h"

#include <algorithm>
#include <utility>

#include "tokenizers/decoders/clean_up.h"
#include "tokenizers/formats/fields.h"

namespace tokenizers::pipeline {
namespace {

class CtcDecoder final : public Decoder {
 public:
  CtcDecoder(std::string padding, std::string delimiter, bool cleans)
      : padding_(std::move(padding)),
        delimiter_(std::move(delimiter)),
        cleans_(cleans) {}

  etllm::Status decode(std::vector<std::string>& pieces) const override {
    pieces.erase(std::unique(pieces.begin(), pieces.end()), pieces.end());
    for (std::string& piece : pieces) decode_piece(piece);
    std::erase_if(pieces, [](const std::string& p) { return p.empty(); });
    return {};
  }

  etllm::Status decode_one(std::string& piece,
                           StreamPosition& position) const override {
    if (!position.is_first && piece == position.previous) {
      piece.clear();
    } else {
      decode_piece(piece);
    }
    return {};
  }

 private:
  void decode_piece(std::string& piece) const {
    replace_text(piece, padding_, "");
    if (!cleans_) return;
    clean_up(piece);
    replace_text(piece, delimiter_, " ");
  }

  std::string padding_;
  std::string delimiter_;
  bool cleans_;
};

}  // namespace

etllm::Status append_ctc_decoder(const Json& json, Decoders& steps) {
  Fields fields(json, "the decoder CTC");
  std::string padding = fields.text("pad_token");
  std::string delimiter = fields.text("word_delimiter_token");
  const bool cleans = fields.boolean("cleanup");
  if (padding.empty() || delimiter.empty()) fields.fail("a token is empty");
  steps.push_back(std::make_unique<CtcDecoder>(std::move(padding),
                                               std::move(delimiter), cleans));
  return fields.status();
}

}  // namespace tokenizers::pipeline
