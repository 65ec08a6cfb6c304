#pragma once

#include <cstddef>
#include <string_view>

namespace tokenizers::pipeline {

/// How many bytes of white space `text`, valid UTF-8, begins with.
std::size_t white_space_at_start(std::string_view text);

/// How many bytes of white space it ends with.
std::size_t white_space_at_end(std::string_view text);

}  // namespace tokenizers::pipeline
