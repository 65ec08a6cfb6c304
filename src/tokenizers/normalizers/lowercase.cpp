#include "tokenizers/normalizers/lowercase.h"

#include "tokenizers/text/lowercase.h"

namespace tokenizers::pipeline {
namespace {

class Lowercase final : public Normalizer {
 public:
  etllm::Status normalize(std::string& text) const override {
    to_lowercase(text);
    return {};
  }
};

}  // namespace

etllm::Status append_lowercase(const Json& /*json*/, Normalizers& steps) {
  steps.push_back(std::make_unique<Lowercase>());
  return {};
}

}  // namespace tokenizers::pipeline
