#pragma once

#include <string>
#include <string_view>

namespace tokenizers::pipeline {

/// Puts `to` in place of each `from`, which is not empty, in `text`.
void replace_text(std::string& text, std::string_view from,
                  std::string_view to);

/// Takes the spaces in front of English punctuation and contractions away.
void clean_up(std::string& text);

}  // namespace tokenizers::pipeline
