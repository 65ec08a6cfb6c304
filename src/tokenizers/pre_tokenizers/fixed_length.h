#pragma once

// FixedLength: words of so many characters.

#include "tokenizers/pre_tokenizers/pre_tokenizer.h"

namespace tokenizers::pipeline {

etllm::Status append_fixed_length(const Json& json, PreTokenizers& steps);

}  // namespace tokenizers::pipeline
