#pragma once

// Substring search in linear time, whatever the texts: the naive search that
// standard libraries use is quadratic for texts made to be slow.

#include <cstddef>
#include <string_view>

namespace etllm::chat::jinja {

/// Position of the first `part` in `text` at or after `from`, or npos.
std::size_t find_text(std::string_view text, std::string_view part,
                      std::size_t from);

/// Position of the last `part` in `text`, or npos.
std::size_t find_last_text(std::string_view text, std::string_view part);

}  // namespace etllm::chat::jinja
