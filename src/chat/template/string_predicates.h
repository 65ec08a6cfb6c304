#pragma once

// Questions about whole strings, as `str.isalpha()` and its kin ask them.

#include <string>
#include <string_view>

namespace etllm::chat::jinja {

/// False for an empty text, as in Python.
bool all_alphabetic(std::string_view text);
bool all_alphanumeric(std::string_view text);
bool all_decimal(std::string_view text);
bool all_numeric(std::string_view text);
bool all_whitespace(std::string_view text);
/// True for an empty text, as in Python.
bool all_ascii(std::string_view text);

/// Whether the text has letters with case, all of them in lower (upper) case.
bool is_lower_text(std::string_view text);
bool is_upper_text(std::string_view text);
/// Whether every word starts with its only capital.
bool is_title_text(std::string_view text);

/// Every word with a capital in front, as `str.title()` gives it.
std::string titlecased(std::string_view text);

}  // namespace etllm::chat::jinja
