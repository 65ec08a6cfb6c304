#include "tokenizers/pre_tokenizers/digits.h"

#include "tokenizers/formats/fields.h"
#include "tokenizers/text/unicode.h"
#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {
namespace {

class Digits final : public PreTokenizer {
 public:
  explicit Digits(bool individual) : individual_(individual) {}

  etllm::Status pre_tokenize(Words& words) const override {
    const UnicodeTable& table = unicode_table();
    words.cut_each([&](std::string_view word, Words::List& list) {
      cut(table, word, list);
    });
    return {};
  }

 private:
  void cut(const UnicodeTable& table, std::string_view word,
           Words::List& list) const {
    std::size_t begin = 0;
    bool in_number = false;
    for (std::size_t at = 0; at < word.size();) {
      const CodePoint character = decode_utf8(word.data() + at);
      const bool number = is_numeric(table, character.value);
      if (at > begin && (number != in_number || (number && individual_))) {
        list.push_back(word.substr(begin, at - begin));
        begin = at;
      }
      in_number = number;
      at += character.length;
    }
    list.push_back(word.substr(begin));
  }

  bool individual_;
};

}  // namespace

etllm::Status append_digits(const Json& json, PreTokenizers& steps) {
  Fields fields(json, "the pre-tokenizer Digits");
  steps.push_back(
      std::make_unique<Digits>(fields.boolean_or("individual_digits", false)));
  return fields.status();
}

}  // namespace tokenizers::pipeline
