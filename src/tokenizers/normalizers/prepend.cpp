#include "tokenizers/normalizers/prepend.h"

#include <utility>

#include "tokenizers/formats/fields.h"

namespace tokenizers::pipeline {
namespace {

class Prepend final : public Normalizer {
 public:
  explicit Prepend(std::string prefix) : prefix_(std::move(prefix)) {}

  etllm::Status normalize(std::string& text) const override {
    if (!text.empty()) text.insert(0, prefix_);
    return {};
  }

 private:
  std::string prefix_;
};

}  // namespace

etllm::Status append_prepend(const Json& json, Normalizers& steps) {
  Fields fields(json, "the normalizer Prepend");
  steps.push_back(std::make_unique<Prepend>(fields.text("prepend")));
  return fields.status();
}

}  // namespace tokenizers::pipeline
