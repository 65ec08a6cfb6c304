#include "tokenizers/normalizers/replace.h"

#include <utility>

#include "tokenizers/formats/fields.h"
#include "tokenizers/text/replace_all.h"

namespace tokenizers::pipeline {
namespace {

class Replace final : public Normalizer {
 public:
  Replace(Pattern pattern, std::string content)
      : pattern_(std::move(pattern)), content_(std::move(content)) {}

  etllm::Status normalize(std::string& text) const override {
    return replace_all(pattern_, content_, text);
  }

 private:
  Pattern pattern_;
  std::string content_;
};

}  // namespace

etllm::Status append_replace(const Json& json, Normalizers& steps) {
  Fields fields(json, "the normalizer Replace");
  std::string content = fields.text("content");
  auto pattern = Pattern::from_json(fields, "pattern");
  if (!fields.status().ok()) return fields.status();
  if (!pattern.ok()) return pattern.status();
  steps.push_back(
      std::make_unique<Replace>(*std::move(pattern), std::move(content)));
  return {};
}

}  // namespace tokenizers::pipeline
