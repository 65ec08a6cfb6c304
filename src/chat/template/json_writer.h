#pragma once

// Values as JSON, byte for byte as Python's `json.dumps` writes them.

#include <optional>
#include <string>

#include "chat/template/budget.h"
#include "chat/template/value.h"

namespace etllm::chat::jinja {

/// The options of the `tojson` filter.
struct JsonStyle {
  /// What one level of nesting is indented by; nothing for a single line.
  std::optional<std::string> indent;
  std::string item_separator = ", ";
  std::string key_separator = ": ";
  bool ascii_only = false;
  bool sort_keys = false;
};

/// Throws `TemplateError` for values that JSON cannot express.
std::string to_json(Budget& budget, const Value& value, const JsonStyle& style);

}  // namespace etllm::chat::jinja
