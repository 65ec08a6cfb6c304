#include "tokenizers/normalizers/unicode_forms.h"

#include <string>

#include "tokenizers/formats/fields.h"
#include "tokenizers/text/unicode_forms.h"

namespace tokenizers::pipeline {
namespace {

class UnicodeFormStep final : public Normalizer {
 public:
  explicit UnicodeFormStep(UnicodeForm form) : form_(form) {}

  etllm::Status normalize(std::string& text) const override {
    return to_unicode_form(form_, text);
  }

 private:
  UnicodeForm form_;
};

}  // namespace

etllm::Status append_unicode_form(const Json& json, Normalizers& steps) {
  Fields fields(json, "normalizer");
  const std::string type = fields.text("type");
  const bool compatible = type.starts_with("NFK");
  const bool composed = type.ends_with('C');
  const UnicodeForm form =
      composed ? (compatible ? UnicodeForm::kNfkc : UnicodeForm::kNfc)
               : (compatible ? UnicodeForm::kNfkd : UnicodeForm::kNfd);
  steps.push_back(std::make_unique<UnicodeFormStep>(form));
  return fields.status();
}

}  // namespace tokenizers::pipeline
