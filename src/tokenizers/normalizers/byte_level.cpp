#include "tokenizers/normalizers/byte_level.h"

#include <utility>

#include "tokenizers/text/byte_alphabet.h"

namespace tokenizers::pipeline {
namespace {

class ByteSpelling final : public Normalizer {
 public:
  etllm::Status normalize(std::string& text) const override {
    std::string spelled;
    append_byte_characters(spelled, text);
    text = std::move(spelled);
    return {};
  }
};

}  // namespace

etllm::Status append_byte_level_normalizer(const Json& /*json*/,
                                           Normalizers& steps) {
  steps.push_back(std::make_unique<ByteSpelling>());
  return {};
}

}  // namespace tokenizers::pipeline
