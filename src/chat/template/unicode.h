#pragma once

// UTF-8 text seen as Python sees strings: a sequence of code points. A byte
// that is not valid UTF-8 counts as one character and is kept as it is.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace etllm::chat::jinja {

/// Stands for a byte that is not valid UTF-8.
inline constexpr char32_t kInvalidCodePoint = 0xFFFFFFFF;

/// One code point and how many bytes it takes.
struct CodePoint {
  char32_t value = kInvalidCodePoint;
  std::size_t size = 1;
};

/// The code point at `position`. Requires a position inside the text.
CodePoint decode_utf8(std::string_view text, std::size_t position);

/// The last code point that ends before `end`. Requires `end` > 0.
CodePoint decode_utf8_before(std::string_view text, std::size_t end);

/// Appends one code point; requires a valid one.
void append_utf8(std::string& text, char32_t code_point);

/// Length in code points.
std::size_t count_code_points(std::string_view text);

/// Byte position of a code point index, at most the size of the text.
std::size_t byte_position(std::string_view text, std::size_t index);

/// Python's `str.isspace` and friends, for one code point.
bool is_whitespace(char32_t code_point);
bool is_alphabetic(char32_t code_point);
bool is_decimal(char32_t code_point);
bool is_numeric(char32_t code_point);
bool is_uppercase(char32_t code_point);
bool is_lowercase(char32_t code_point);
/// What `repr()` shows as it is.
bool is_printable(char32_t code_point);
/// What a name may continue with.
bool is_word_character(char32_t code_point);

/// Case changes of whole texts.
enum class LetterCase {
  kUpper,
  kLower,
  kTitle,
  kFolded,  ///< For comparisons that ignore the case.
};

/// Appends `code_point` in another case.
void append_in_case(std::string& text, char32_t code_point, LetterCase target);

/// The text with every letter in another case.
std::string in_case(std::string_view text, LetterCase target);

/// The first character in title case, the others in lower case.
std::string capitalized(std::string_view text);

}  // namespace etllm::chat::jinja
