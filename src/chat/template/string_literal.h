#pragma once

// The values of string and number literals.

#include <string>
#include <string_view>

namespace etllm::chat::jinja {

/// Replaces the escape sequences of Python in the text between two quotes.
/// Throws `TemplateError` with `line` for a broken one.
std::string unescape_string_literal(std::string_view body, int line);

/// The value of digits with a fraction or an exponent; infinite where it is
/// too large for a double. Requires well-formed digits.
double parse_float_literal(std::string_view digits);

}  // namespace etllm::chat::jinja
