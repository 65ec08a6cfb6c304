#include "tokenizers/pre_tokenizers/metaspace.h"

#include <string>
#include <utility>

#include "tokenizers/formats/fields.h"
#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {
namespace {

class Metaspace final : public PreTokenizer {
 public:
  Metaspace(std::string mark, PrependScheme scheme, bool cuts)
      : mark_(std::move(mark)), scheme_(scheme), cuts_(cuts) {}

  etllm::Status pre_tokenize(Words& words) const override {
    bool at_start = words.at_start();
    words.change_each([&](std::string_view word) {
      return marked(word, std::exchange(at_start, false));
    });
    if (cuts_) {
      words.cut_each([this](std::string_view word, Words::List& list) {
        cut(word, list);
      });
    }
    return {};
  }

 private:
  std::string marked(std::string_view word, bool at_start) const {
    std::string text;
    text.reserve(word.size() + word.size() / 2);
    const bool wanted = scheme_ == PrependScheme::kAlways ||
                        (scheme_ == PrependScheme::kFirst && at_start);
    if (wanted && !word.starts_with(' ') && !word.starts_with(mark_)) {
      text += mark_;
    }
    for (const char c : word) {
      if (c == ' ') {
        text += mark_;
      } else {
        text += c;
      }
    }
    return text;
  }

  /// Each mark begins a word.
  void cut(std::string_view word, Words::List& list) const {
    std::size_t begin = 0;
    while (begin < word.size()) {
      const std::size_t from =
          word.substr(begin).starts_with(mark_) ? begin + mark_.size() : begin;
      const std::size_t end = std::min(word.find(mark_, from), word.size());
      list.push_back(word.substr(begin, end - begin));
      begin = end;
    }
  }

  std::string mark_;
  PrependScheme scheme_;
  bool cuts_;
};

}  // namespace

PrependScheme prepend_scheme(Fields& fields) {
  const auto scheme = fields.optional_text("prepend_scheme");
  const bool adds = fields.boolean_or("add_prefix_space", true);
  if (!scheme.has_value()) {
    return adds ? PrependScheme::kAlways : PrependScheme::kNever;
  }
  if (*scheme == "always") return PrependScheme::kAlways;
  if (*scheme == "never") return PrependScheme::kNever;
  if (*scheme != "first") {
    fields.fail("the prepend_scheme '" + *scheme + "' is not known");
  }
  return PrependScheme::kFirst;
}

etllm::Status append_metaspace(const Json& json, PreTokenizers& steps) {
  Fields fields(json, "the pre-tokenizer Metaspace");
  std::string mark;
  append_utf8(mark, fields.character("replacement"));
  const PrependScheme scheme = prepend_scheme(fields);
  const bool cuts = fields.boolean_or("split", true);
  steps.push_back(std::make_unique<Metaspace>(std::move(mark), scheme, cuts));
  return fields.status();
}

}  // namespace tokenizers::pipeline
