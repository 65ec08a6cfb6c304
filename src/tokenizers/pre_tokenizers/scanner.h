#pragma once

// The well-known patterns of byte-level tokenizers, scanned by hand: many
// times faster than a regular expression, with the same words.

#include <string_view>

#include "tokenizers/words.h"

namespace tokenizers::pipeline {

/// Appends the words of a text; together they are the whole text.
using Scanner = void (*)(std::string_view text, Words::List& words);

/// GPT-2's pattern, which is also that of the ByteLevel pre-tokenizer.
inline constexpr std::string_view kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|)"
    R"(\s+(?!\S)|\s+)";

/// Llama 3's, of the family of OpenAI's cl100k.
inline constexpr std::string_view kLlama3Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|)"
    R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

/// Qwen 2's: Llama 3's with each digit alone.
inline constexpr std::string_view kQwen2Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|)"
    R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

/// The scanner for exactly this pattern; null when there is none.
Scanner find_scanner(std::string_view pattern);

}  // namespace tokenizers::pipeline
