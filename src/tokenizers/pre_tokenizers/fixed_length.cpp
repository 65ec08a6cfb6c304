#include "tokenizers/pre_tokenizers/fixed_length.h"

#include <cstdint>

#include "tokenizers/formats/fields.h"
#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {
namespace {

constexpr std::uint64_t kDefaultLength = 5;

class FixedLength final : public PreTokenizer {
 public:
  explicit FixedLength(std::uint64_t length) : length_(length) {}

  etllm::Status pre_tokenize(Words& words) const override {
    words.cut_each([this](std::string_view word, Words::List& list) {
      while (!word.empty()) {
        std::size_t end = 0;
        for (std::uint64_t i = 0; i < length_ && end < word.size(); ++i) {
          end += utf8_length(word[end]);
        }
        list.push_back(word.substr(0, end));
        word.remove_prefix(end);
      }
    });
    return {};
  }

 private:
  std::uint64_t length_;
};

}  // namespace

etllm::Status append_fixed_length(const Json& json, PreTokenizers& steps) {
  Fields fields(json, "the pre-tokenizer FixedLength");
  const std::uint64_t length = fields.count_or("length", kDefaultLength);
  if (length == 0) fields.fail("'length' is 0");
  steps.push_back(std::make_unique<FixedLength>(length));
  return fields.status();
}

}  // namespace tokenizers::pipeline
