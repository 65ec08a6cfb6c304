#pragma once

#include <string>
#include <string_view>

namespace tokenizers::pipeline {

/// `text` with an older character of the same category and size in place of
/// each character that PCRE2 does not know yet, so that properties match as if
/// it did. Empty when there is nothing to replace.
std::string with_older_characters(std::string_view text);

}  // namespace tokenizers::pipeline
