#include "tokenizers/decoders/metaspace.h"

#include <string_view>
#include <utility>

#include "tokenizers/formats/fields.h"
#include "tokenizers/pre_tokenizers/metaspace.h"
#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {
namespace {

class MetaspaceDecoder final : public Decoder {
 public:
  MetaspaceDecoder(std::string mark, bool drops_first)
      : mark_(std::move(mark)), drops_first_(drops_first) {}

  etllm::Status decode(std::vector<std::string>& pieces) const override {
    bool is_first = true;
    for (std::string& piece : pieces) {
      piece = spaced(piece, std::exchange(is_first, false));
    }
    return {};
  }

  etllm::Status decode_one(std::string& piece,
                           StreamPosition& position) const override {
    piece = spaced(piece, position.is_first);
    return {};
  }

 private:
  std::string spaced(std::string_view piece, bool is_first) const {
    std::string text;
    while (!piece.empty()) {
      if (!piece.starts_with(mark_)) {
        text += piece[0];
        piece.remove_prefix(1);
        continue;
      }
      // The library drops every mark of the first piece.
      if (!is_first || !drops_first_) text += ' ';
      piece.remove_prefix(mark_.size());
    }
    return text;
  }

  std::string mark_;
  bool drops_first_;
};

}  // namespace

etllm::Status append_metaspace_decoder(const Json& json, Decoders& steps) {
  Fields fields(json, "the decoder Metaspace");
  std::string mark;
  append_utf8(mark, fields.character("replacement"));
  const bool drops_first = prepend_scheme(fields) != PrependScheme::kNever;
  steps.push_back(
      std::make_unique<MetaspaceDecoder>(std::move(mark), drops_first));
  return fields.status();
}

}  // namespace tokenizers::pipeline
