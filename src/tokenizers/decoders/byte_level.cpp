#include "tokenizers/decoders/byte_level.h"

#include <utility>

#include "tokenizers/text/byte_alphabet.h"
#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {
namespace {

class ByteLevelDecoder final : public Decoder {
 public:
  etllm::Status decode(std::vector<std::string>& pieces) const override {
    std::string bytes;
    for (const std::string& piece : pieces) append_spelled_bytes(bytes, piece);
    pieces.assign(1, replace_invalid_utf8(bytes));
    return {};
  }

  etllm::Status decode_one(std::string& piece,
                           StreamPosition& position) const override {
    std::string bytes;
    append_spelled_bytes(bytes, piece);
    piece = std::move(bytes);
    position.is_fused = true;
    return {};
  }
};

}  // namespace

etllm::Status append_byte_level_decoder(const Json& /*json*/, Decoders& steps) {
  steps.push_back(std::make_unique<ByteLevelDecoder>());
  return {};
}

}  // namespace tokenizers::pipeline
