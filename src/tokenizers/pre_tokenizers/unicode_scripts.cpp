#include "tokenizers/pre_tokenizers/unicode_scripts.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {
namespace {

constexpr std::uint32_t kRanges[] = {
#include "tokenizers/pre_tokenizers/unicode_script_ranges.inc"
};
constexpr std::uint32_t kAnyScript = 0;

std::uint32_t script_of(char32_t code_point) {
  const std::uint32_t above = (code_point + 1) << 8U;
  const auto* range = std::prev(
      std::lower_bound(std::begin(kRanges), std::end(kRanges), above));
  return *range & 0xffU;
}

class UnicodeScripts final : public PreTokenizer {
 public:
  etllm::Status pre_tokenize(Words& words) const override {
    words.cut_each(&cut);
    return {};
  }

 private:
  static void cut(std::string_view word, Words::List& list) {
    std::uint32_t last = kAnyScript;
    // As in the library, what is in front of the first script is lost.
    std::size_t begin = word.size();
    for (std::size_t at = 0; at < word.size();) {
      const CodePoint character = decode_utf8(word.data() + at);
      const std::uint32_t script = script_of(character.value);
      if (script != kAnyScript && script != last) {
        if (begin < at) list.push_back(word.substr(begin, at - begin));
        begin = at;
        last = script;
      }
      at += character.length;
    }
    if (begin < word.size()) list.push_back(word.substr(begin));
  }
};

}  // namespace

etllm::Status append_unicode_scripts(const Json& /*json*/,
                                     PreTokenizers& steps) {
  steps.push_back(std::make_unique<UnicodeScripts>());
  return {};
}

}  // namespace tokenizers::pipeline
