#pragma once

// What filters and methods on strings have in common.

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "chat/template/budget.h"

namespace etllm::chat::jinja {

/// Which ends of a text to strip.
enum class StripSide { kLeft, kRight, kBoth };

/// Removes the characters that are in `characters`; with a null pointer,
/// whitespace.
std::string_view stripped(std::string_view text, StripSide side,
                          const std::string_view* characters);

/// No limit on the number of replacements or splits.
inline constexpr std::int64_t kUnlimited =
    std::numeric_limits<std::int64_t>::max();

/// Python's `str.replace`.
std::string replaced(Budget& budget, std::string_view text,
                     std::string_view old_part, std::string_view new_part,
                     std::int64_t limit);

/// Python's `str.split` with a separator that is not empty; at most `limit`
/// splits, counted from the right when `from_right`. This and the functions
/// below pay for the parts that they make; these live as long as `text`.
std::vector<std::string_view> split_at(Budget& budget, std::string_view text,
                                       std::string_view separator,
                                       std::int64_t limit, bool from_right);

/// Python's `str.split` at whitespace.
std::vector<std::string_view> split_words(Budget& budget, std::string_view text,
                                          std::int64_t limit, bool from_right);

/// Python's `str.splitlines`.
std::vector<std::string_view> split_lines(Budget& budget, std::string_view text,
                                          bool keep_ends);

/// Spaces or another character around a text, up to `width` characters.
std::string padded(Budget& budget, std::string_view text, std::int64_t width,
                   StripSide text_side, std::string_view fill);

}  // namespace etllm::chat::jinja
