#include "tokenizers/pre_tokenizers/character_splits.h"

#include <functional>
#include <utility>

#include "tokenizers/formats/fields.h"
#include "tokenizers/pre_tokenizers/split_behavior.h"
#include "tokenizers/text/unicode.h"
#include "tokenizers/text/unicode_sets.h"
#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {
namespace {

class CharacterSplit final : public PreTokenizer {
 public:
  CharacterSplit(std::function<bool(char32_t)> is_match, SplitBehavior behavior)
      : is_match_(std::move(is_match)), behavior_(behavior) {}

  etllm::Status pre_tokenize(Words& words) const override {
    words.cut_each([this](std::string_view word, Words::List& list) {
      split_at_characters(word, is_match_, behavior_, list);
    });
    return {};
  }

 private:
  std::function<bool(char32_t)> is_match_;
  SplitBehavior behavior_;
};

/// `\w+|[^\w\s]+`
class Whitespace final : public PreTokenizer {
 public:
  etllm::Status pre_tokenize(Words& words) const override {
    words.cut_each(&cut);
    return {};
  }

 private:
  enum class Kind { kSpace, kWord, kOther };

  static Kind kind_of(char32_t code_point) {
    if (is_white_space(code_point)) return Kind::kSpace;
    return is_word_character(code_point) ? Kind::kWord : Kind::kOther;
  }

  static void cut(std::string_view word, Words::List& list) {
    std::size_t begin = 0;
    Kind kind = Kind::kSpace;
    const auto close = [&](std::size_t end) {
      if (kind != Kind::kSpace) list.push_back(word.substr(begin, end - begin));
      begin = end;
    };
    for (std::size_t at = 0; at < word.size();) {
      const CodePoint character = decode_utf8(word.data() + at);
      const Kind next = kind_of(character.value);
      if (next != kind) close(at);
      kind = next;
      at += character.length;
    }
    close(word.size());
  }
};

void append(PreTokenizers& steps, std::function<bool(char32_t)> is_match,
            SplitBehavior behavior) {
  steps.push_back(
      std::make_unique<CharacterSplit>(std::move(is_match), behavior));
}

}  // namespace

etllm::Status append_bert_pre_tokenizer(const Json& /*json*/,
                                        PreTokenizers& steps) {
  append(steps, &is_white_space, SplitBehavior::kRemoved);
  append(steps, &is_library_punctuation, SplitBehavior::kIsolated);
  return {};
}

etllm::Status append_char_delimiter_split(const Json& json,
                                          PreTokenizers& steps) {
  Fields fields(json, "the pre-tokenizer CharDelimiterSplit");
  const char32_t delimiter = fields.character("delimiter");
  append(
      steps, [delimiter](char32_t c) { return c == delimiter; },
      SplitBehavior::kRemoved);
  return fields.status();
}

etllm::Status append_punctuation(const Json& json, PreTokenizers& steps) {
  Fields fields(json, "the pre-tokenizer Punctuation");
  const SplitBehavior behavior = json.contains("behavior")
                                     ? split_behavior(fields, "behavior")
                                     : SplitBehavior::kIsolated;
  append(steps, &is_library_punctuation, behavior);
  return fields.status();
}

etllm::Status append_whitespace(const Json& /*json*/, PreTokenizers& steps) {
  steps.push_back(std::make_unique<Whitespace>());
  return {};
}

etllm::Status append_whitespace_split(const Json& /*json*/,
                                      PreTokenizers& steps) {
  append(steps, &is_white_space, SplitBehavior::kRemoved);
  return {};
}

}  // namespace tokenizers::pipeline
