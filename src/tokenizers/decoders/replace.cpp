#include "tokenizers/decoders/replace.h"

#include <utility>

#include "tokenizers/formats/fields.h"
#include "tokenizers/text/replace_all.h"

namespace tokenizers::pipeline {
namespace {

class ReplaceDecoder final : public Decoder {
 public:
  ReplaceDecoder(Pattern pattern, std::string content)
      : pattern_(std::move(pattern)), content_(std::move(content)) {}

  etllm::Status decode(std::vector<std::string>& pieces) const override {
    for (std::string& piece : pieces) {
      const etllm::Status replaced = replace_all(pattern_, content_, piece);
      if (!replaced.ok()) return replaced;
    }
    return {};
  }

  etllm::Status decode_one(std::string& piece,
                           StreamPosition& /*position*/) const override {
    return replace_all(pattern_, content_, piece);
  }

 private:
  Pattern pattern_;
  std::string content_;
};

}  // namespace

etllm::Status append_replace_decoder(const Json& json, Decoders& steps) {
  Fields fields(json, "the decoder Replace");
  std::string content = fields.text("content");
  auto pattern = Pattern::from_json(fields, "pattern");
  if (!fields.status().ok()) return fields.status();
  if (!pattern.ok()) return pattern.status();
  steps.push_back(std::make_unique<ReplaceDecoder>(*std::move(pattern),
                                                   std::move(content)));
  return {};
}

}  // namespace tokenizers::pipeline
