#pragma once

// SentencePiece's words begin with a mark for the space, but its BPE models
// get whole sentences. Where no merge joins what ends without a mark with what
// begins with one, the sentence can be cut in front of its marks: the symbols
// are the same, the words are short, and most of them were met before.

#include <string_view>

#include "tokenizers/formats/tokenizer_json.h"

namespace tokenizers::pipeline {

/// U+2581, which stands for a space.
inline constexpr std::string_view kSpaceMark = "\xe2\x96\x81";

/// Whether words may be cut in front of marks.
bool can_cut_at_marks(const MergeList& merges, const Vocabulary& vocabulary);

/// Takes the part up to the next cut off the front of `rest`, not empty.
std::string_view take_part(std::string_view& rest);

}  // namespace tokenizers::pipeline
