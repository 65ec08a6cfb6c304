#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "tokenizers/text/pattern.h"

namespace tokenizers::pipeline {

/// Puts `content` in place of the matches of `pattern` in `text`. Fails when
/// that makes it longer than `grown_limit`.
etllm::Status replace_all(const Pattern& pattern, std::string_view content,
                          std::string& text);

}  // namespace tokenizers::pipeline
