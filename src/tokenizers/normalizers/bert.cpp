#include "tokenizers/normalizers/bert.h"

#include <array>

#include "tokenizers/formats/fields.h"
#include "tokenizers/text/lowercase.h"
#include "tokenizers/text/rewrite.h"
#include "tokenizers/text/unicode.h"
#include "tokenizers/text/unicode_forms.h"
#include "tokenizers/text/unicode_sets.h"

namespace tokenizers::pipeline {
namespace {

struct Block {
  char32_t first;
  char32_t last;
};

/// What BERT takes for Chinese characters. U+2B920 is a slip of the library,
/// kept for the same ids.
constexpr std::array kChineseBlocks = {
    Block{0x3400, 0x4dbf},   Block{0x4e00, 0x9fff},   Block{0xf900, 0xfaff},
    Block{0x20000, 0x2a6df}, Block{0x2a700, 0x2b73f}, Block{0x2b740, 0x2b81f},
    Block{0x2b920, 0x2ceaf}, Block{0x2f800, 0x2fa1f},
};

bool is_chinese(char32_t code_point) {
  for (const Block& block : kChineseBlocks) {
    if (code_point >= block.first && code_point <= block.last) return true;
  }
  return false;
}

bool is_control(char32_t code_point) {
  if (code_point == '\t' || code_point == '\n' || code_point == '\r') {
    return false;
  }
  const Category category = category_of(code_point);
  return category == Category::Cc || category == Category::Cf ||
         category == Category::Co;
}

void clean(std::string& text) {
  constexpr char32_t kReplacement = 0xfffd;
  rewrite_characters(text, [](char32_t code_point, std::string& result) {
    if (code_point == kReplacement || is_control(code_point)) return;
    append_utf8(result, is_white_space(code_point) ? U' ' : code_point);
  });
}

void space_chinese(std::string& text) {
  rewrite_characters(text, [](char32_t code_point, std::string& result) {
    const bool chinese = is_chinese(code_point);
    if (chinese) result += ' ';
    append_utf8(result, code_point);
    if (chinese) result += ' ';
  });
}

etllm::Status strip_accents(std::string& text) {
  const etllm::Status decomposed = to_unicode_form(UnicodeForm::kNfd, text);
  rewrite_characters(text, [](char32_t code_point, std::string& result) {
    if (!is_nonspacing_mark(code_point)) append_utf8(result, code_point);
  });
  return decomposed;
}

struct Options {
  bool cleans;
  bool spaces_chinese;
  bool strips_accents;
  bool lowers;
};

class BertNormalizer final : public Normalizer {
 public:
  explicit BertNormalizer(const Options& options) : options_(options) {}

  etllm::Status normalize(std::string& text) const override {
    if (options_.cleans) clean(text);
    if (options_.spaces_chinese) space_chinese(text);
    if (options_.strips_accents) {
      const etllm::Status stripped = strip_accents(text);
      if (!stripped.ok()) return stripped;
    }
    if (options_.lowers) to_lowercase(text);
    return {};
  }

 private:
  Options options_;
};

}  // namespace

etllm::Status append_bert_normalizer(const Json& json, Normalizers& steps) {
  Fields fields(json, "the normalizer BertNormalizer");
  Options options{};
  options.cleans = fields.boolean_or("clean_text", true);
  options.spaces_chinese = fields.boolean_or("handle_chinese_chars", true);
  options.lowers = fields.boolean_or("lowercase", true);
  // Without an opinion, accents go where capitals go.
  options.strips_accents = fields.optional_value("strip_accents").is_null()
                               ? options.lowers
                               : fields.boolean("strip_accents");
  steps.push_back(std::make_unique<BertNormalizer>(options));
  return fields.status();
}

}  // namespace tokenizers::pipeline
