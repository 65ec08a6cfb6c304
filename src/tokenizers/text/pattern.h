#pragma once

// What Split and Replace look for: a literal text or a regular expression.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "tokenizers/formats/fields.h"
#include "tokenizers/text/regex.h"

namespace tokenizers::pipeline {

/// Immutable; may be used from several threads.
class Pattern {
 public:
  /// The field `name`: {"String": ...} or {"Regex": ...}.
  static etllm::Result<Pattern> from_json(Fields& fields, const char* name);
  static etllm::Result<Pattern> literal(std::string text);
  static etllm::Result<Pattern> regex(std::string_view pattern);

  /// Appends the matches in `text`; see `Regex::find_all`.
  etllm::Status find_all(std::string_view text,
                         std::vector<Span>& matches) const;

  /// The text of a literal pattern; empty for a regular expression.
  const std::string& literal_text() const { return literal_; }

 private:
  Pattern() = default;

  std::string literal_;
  std::optional<Regex> regex_;
};

/// The matches of `pattern` and what lies between them, in order and without
/// empty parts at the seams: what the library calls the splits of a text.
struct Part {
  Span span;
  bool is_match;
};
std::vector<Part> parts_of(std::string_view text,
                           const std::vector<Span>& matches);

}  // namespace tokenizers::pipeline
