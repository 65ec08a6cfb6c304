#include "tokenizers/decoders/fuse.h"

namespace tokenizers::pipeline {
namespace {

class FuseDecoder final : public Decoder {
 public:
  etllm::Status decode(std::vector<std::string>& pieces) const override {
    std::string text;
    for (const std::string& piece : pieces) text += piece;
    pieces.assign(1, text);
    return {};
  }

  etllm::Status decode_one(std::string& /*piece*/,
                           StreamPosition& position) const override {
    position.is_fused = true;
    return {};
  }
};

}  // namespace

etllm::Status append_fuse_decoder(const Json& /*json*/, Decoders& steps) {
  steps.push_back(std::make_unique<FuseDecoder>());
  return {};
}

}  // namespace tokenizers::pipeline
