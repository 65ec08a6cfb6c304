#pragma once

#include <string>
#include <utility>

#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {

/// Replaces each character of `text` by what `append(code_point, result)`
/// appends.
template <typename Append>
void rewrite_characters(std::string& text, Append append) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint character = decode_utf8(text.data() + at);
    append(character.value, result);
    at += character.length;
  }
  text = std::move(result);
}

}  // namespace tokenizers::pipeline
