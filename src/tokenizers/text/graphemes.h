#pragma once

#include <functional>
#include <string_view>

namespace tokenizers::pipeline {

/// Calls `use` for each extended grapheme cluster of `text`, valid UTF-8.
void for_each_grapheme(std::string_view text,
                       const std::function<void(std::string_view)>& use);

}  // namespace tokenizers::pipeline
