#pragma once

// tekken.json: Mistral's tokenizers. The ids of special tokens come first.

#include <string_view>

#include "tokenizers/formats/file_format.h"

namespace tokenizers::pipeline {

/// Why `content` is not a tekken.json; empty when it may be one.
std::string_view why_not_tekken(std::string_view content);

etllm::Result<LoadedPipeline> read_tekken(std::string_view content);

}  // namespace tokenizers::pipeline
