#include "tokenizers/normalizers/nmt.h"

#include "tokenizers/text/rewrite.h"

namespace tokenizers::pipeline {
namespace {

bool is_dropped(char32_t c) {
  return (c >= 0x1 && c <= 0x8) || c == 0xb || (c >= 0xe && c <= 0x1f) ||
         c == 0x7f || c == 0x8f || c == 0x9f;
}

bool is_space(char32_t c) {
  return c == 0x9 || c == 0xa || c == 0xc || c == 0xd || c == 0x1680 ||
         (c >= 0x200b && c <= 0x200f) || c == 0x2028 || c == 0x2029 ||
         c == 0x2581 || c == 0xfeff || c == 0xfffd;
}

class Nmt final : public Normalizer {
 public:
  etllm::Status normalize(std::string& text) const override {
    rewrite_characters(text, [](char32_t code_point, std::string& result) {
      if (is_dropped(code_point)) return;
      append_utf8(result, is_space(code_point) ? U' ' : code_point);
    });
    return {};
  }
};

}  // namespace

etllm::Status append_nmt(const Json& /*json*/, Normalizers& steps) {
  steps.push_back(std::make_unique<Nmt>());
  return {};
}

}  // namespace tokenizers::pipeline
