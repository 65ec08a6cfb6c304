#include "tokenizers/decoders/strip.h"

#include <cstdint>
#include <string_view>
#include <utility>

#include "tokenizers/formats/fields.h"
#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {
namespace {

class StripDecoder final : public Decoder {
 public:
  StripDecoder(std::string content, std::uint64_t start, std::uint64_t stop)
      : content_(std::move(content)), start_(start), stop_(stop) {}

  etllm::Status decode(std::vector<std::string>& pieces) const override {
    for (std::string& piece : pieces) {
      strip_end(piece);
      strip_start(piece);
    }
    return {};
  }

  etllm::Status decode_one(std::string& piece,
                           StreamPosition& position) const override {
    // Of a joined sequence, only the first piece has the start. Where it ends
    // is not known yet.
    if (!position.is_fused) strip_end(piece);
    if (!position.is_fused || position.is_first) strip_start(piece);
    return {};
  }

 private:
  void strip_start(std::string& piece) const {
    std::size_t at = 0;
    for (std::uint64_t i = 0; i < start_; ++i, at += content_.size()) {
      if (!std::string_view(piece).substr(at).starts_with(content_)) break;
    }
    piece.erase(0, at);
  }

  void strip_end(std::string& piece) const {
    for (std::uint64_t i = 0; i < stop_ && piece.ends_with(content_); ++i) {
      piece.resize(piece.size() - content_.size());
    }
  }

  std::string content_;
  std::uint64_t start_;
  std::uint64_t stop_;
};

}  // namespace

etllm::Status append_strip_decoder(const Json& json, Decoders& steps) {
  Fields fields(json, "the decoder Strip");
  std::string content;
  append_utf8(content, fields.character("content"));
  const std::uint64_t start = fields.count("start");
  const std::uint64_t stop = fields.count("stop");
  steps.push_back(
      std::make_unique<StripDecoder>(std::move(content), start, stop));
  return fields.status();
}

}  // namespace tokenizers::pipeline
