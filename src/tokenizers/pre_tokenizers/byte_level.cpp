#include "tokenizers/pre_tokenizers/byte_level.h"

#include <string>

#include "tokenizers/formats/fields.h"
#include "tokenizers/pre_tokenizers/scanner.h"
#include "tokenizers/text/byte_alphabet.h"

namespace tokenizers::pipeline {
namespace {

class PrefixSpace final : public PreTokenizer {
 public:
  etllm::Status pre_tokenize(Words& words) const override {
    words.cut_each([&words](std::string_view word, Words::List& list) {
      if (word.starts_with(' ')) return list.push_back(word);
      list.push_back(words.keep(" " + std::string(word)));
    });
    return {};
  }
};

class Gpt2Words final : public PreTokenizer {
 public:
  etllm::Status pre_tokenize(Words& words) const override {
    words.cut_each(find_scanner(kGpt2Pattern));
    return {};
  }
};

class ByteSpelling final : public PreTokenizer {
 public:
  etllm::Status pre_tokenize(Words& words) const override {
    words.change_each([](std::string_view word) {
      std::string spelled;
      append_byte_characters(spelled, word);
      return spelled;
    });
    return {};
  }
  bool only_spells_bytes() const override { return true; }
};

}  // namespace

etllm::Status append_byte_level(const Json& json, PreTokenizers& steps) {
  Fields fields(json, "the pre-tokenizer ByteLevel");
  const bool adds_space = fields.boolean("add_prefix_space");
  const bool cuts = fields.boolean_or("use_regex", true);
  if (adds_space) steps.push_back(std::make_unique<PrefixSpace>());
  if (cuts) steps.push_back(std::make_unique<Gpt2Words>());
  steps.push_back(std::make_unique<ByteSpelling>());
  return fields.status();
}

}  // namespace tokenizers::pipeline
