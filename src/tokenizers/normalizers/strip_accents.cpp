#include "tokenizers/normalizers/strip_accents.h"

#include "tokenizers/text/rewrite.h"
#include "tokenizers/text/unicode_sets.h"

namespace tokenizers::pipeline {
namespace {

class StripAccents final : public Normalizer {
 public:
  etllm::Status normalize(std::string& text) const override {
    rewrite_characters(text, [](char32_t code_point, std::string& result) {
      if (!is_combining_mark(code_point)) append_utf8(result, code_point);
    });
    return {};
  }
};

}  // namespace

etllm::Status append_strip_accents(const Json& /*json*/, Normalizers& steps) {
  steps.push_back(std::make_unique<StripAccents>());
  return {};
}

}  // namespace tokenizers::pipeline
