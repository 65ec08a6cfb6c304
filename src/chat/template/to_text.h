#pragma once

// Values as text, as Python's `str()` and `repr()` write them.

#include <string>
#include <string_view>

#include "chat/template/budget.h"
#include "chat/template/value.h"

namespace etllm::chat::jinja {

/// What `{{ value }}` prints. Pays for the text.
std::string to_text(Budget& budget, const Value& value);

/// What the value looks like inside a printed list. Pays for the text.
std::string to_repr(Budget& budget, const Value& value);

/// The shortest digits that read back as `value`, in Python's notation.
std::string float_to_text(double value);

/// The text in quotes, with escapes where Python puts them.
std::string quoted(std::string_view text);

/// The text with escapes for all that is not ASCII.
std::string ascii_only(std::string_view text);

/// The text with `& < > " '` replaced by HTML entities.
std::string html_escaped(std::string_view text);

}  // namespace etllm::chat::jinja
