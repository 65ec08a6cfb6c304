#include "tokenizers/normalizers/strip.h"

#include "tokenizers/formats/fields.h"
#include "tokenizers/text/white_space.h"

namespace tokenizers::pipeline {
namespace {

class Strip final : public Normalizer {
 public:
  Strip(bool left, bool right) : left_(left), right_(right) {}

  etllm::Status normalize(std::string& text) const override {
    if (right_) text.resize(text.size() - white_space_at_end(text));
    if (left_) text.erase(0, white_space_at_start(text));
    return {};
  }

 private:
  bool left_;
  bool right_;
};

}  // namespace

etllm::Status append_strip(const Json& json, Normalizers& steps) {
  Fields fields(json, "the normalizer Strip");
  const bool left = fields.boolean("strip_left");
  const bool right = fields.boolean("strip_right");
  steps.push_back(std::make_unique<Strip>(left, right));
  return fields.status();
}

}  // namespace tokenizers::pipeline
