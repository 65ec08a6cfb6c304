#pragma once

// Sets of characters as parts of the `tokenizers` library know them. They
// follow older versions of Unicode than its regular expressions.

namespace tokenizers::pipeline {

/// What BERT's and other splitters take for punctuation, all ASCII symbols
/// included.
bool is_library_punctuation(char32_t code_point);

/// The marks that BertNormalizer drops.
bool is_nonspacing_mark(char32_t code_point);

/// The marks that StripAccents drops.
bool is_combining_mark(char32_t code_point);

/// Characters that are newer than the library's normalization forms, which
/// take them for letters without decomposition.
bool is_unknown_to_forms(char32_t code_point);

/// Characters of Unicode 15 and later, which PCRE2 10.42 takes for unassigned.
bool is_newer_than_pcre2(char32_t code_point);

}  // namespace tokenizers::pipeline
