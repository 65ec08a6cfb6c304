#include "tokenizers/decoders/bpe.h"

#include <utility>

#include "tokenizers/decoders/clean_up.h"
#include "tokenizers/formats/fields.h"

namespace tokenizers::pipeline {
namespace {

class BpeDecoder final : public Decoder {
 public:
  explicit BpeDecoder(std::string suffix) : suffix_(std::move(suffix)) {}

  etllm::Status decode(std::vector<std::string>& pieces) const override {
    for (std::string& piece : pieces) {
      const bool is_last = &piece == &pieces.back();
      replace_text(piece, suffix_, is_last ? "" : " ");
    }
    return {};
  }

  // The last piece gets no space, and which one is the last is not known: the
  // space of a piece comes with the next one.
  etllm::Status decode_one(std::string& piece,
                           StreamPosition& position) const override {
    const bool ends_word = piece.ends_with(suffix_);
    replace_text(piece, suffix_, " ");
    if (ends_word) piece.pop_back();
    if (position.previous.ends_with(suffix_)) piece.insert(0, 1, ' ');
    return {};
  }

 private:
  std::string suffix_;
};

}  // namespace

etllm::Status append_bpe_decoder(const Json& json, Decoders& steps) {
  Fields fields(json, "the decoder BPEDecoder");
  std::string suffix = fields.text("suffix");
  if (suffix.empty()) fields.fail("'suffix' is empty");
  steps.push_back(std::make_unique<BpeDecoder>(std::move(suffix)));
  return fields.status();
}

}  // namespace tokenizers::pipeline
