#pragma once

// What becomes of the matches of a pattern that cuts a text.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizers/formats/fields.h"
#include "tokenizers/text/pattern.h"
#include "tokenizers/words.h"

namespace tokenizers::pipeline {

/// Shown with `-` and "the-final--countdown".
enum class SplitBehavior {
  kRemoved,             ///< the, final, countdown
  kIsolated,            ///< the, -, final, -, -, countdown
  kMergedWithPrevious,  ///< the-, final-, -, countdown
  kMergedWithNext,      ///< the, -final, -, -countdown
  kContiguous,          ///< the, -, final, --, countdown
};

/// The field `name`; kIsolated after a mistake.
SplitBehavior split_behavior(Fields& fields, const char* name);

/// Appends the words that `parts` make of `text`.
void append_split(std::string_view text, const std::vector<Part>& parts,
                  SplitBehavior behavior, Words::List& words);

/// Cuts `text` at the characters for which `is_match(code point)` holds, each
/// of them a match of its own.
void split_at_characters(std::string_view text,
                         const std::function<bool(char32_t)>& is_match,
                         SplitBehavior behavior, Words::List& words);

}  // namespace tokenizers::pipeline
