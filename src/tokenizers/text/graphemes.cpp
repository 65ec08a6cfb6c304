#include "tokenizers/text/graphemes.h"

#include <utf8proc.h>

#include <cstddef>

#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {

void for_each_grapheme(std::string_view text,
                       const std::function<void(std::string_view)>& use) {
  if (text.empty()) return;
  CodePoint previous = decode_utf8(text.data());
  std::size_t begin = 0;
  utf8proc_int32_t state = 0;
  for (std::size_t at = previous.length; at < text.size();) {
    const CodePoint next = decode_utf8(text.data() + at);
    if (utf8proc_grapheme_break_stateful(
            static_cast<utf8proc_int32_t>(previous.value),
            static_cast<utf8proc_int32_t>(next.value), &state)) {
      use(text.substr(begin, at - begin));
      begin = at;
    }
    previous = next;
    at += next.length;
  }
  use(text.substr(begin));
}

}  // namespace tokenizers::pipeline
