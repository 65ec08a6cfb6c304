#include "tokenizers/text/white_space.h"

#include "tokenizers/text/unicode.h"
#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {

std::size_t white_space_at_start(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const CodePoint next = decode_utf8(text.data() + at);
    if (!is_white_space(next.value)) break;
    at += next.length;
  }
  return at;
}

std::size_t white_space_at_end(std::string_view text) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const CodePoint last = decode_last_utf8(rest);
    if (!is_white_space(last.value)) break;
    rest.remove_suffix(last.length);
  }
  return text.size() - rest.size();
}

}  // namespace tokenizers::pipeline
