#pragma once

// Split: cuts at the matches of a pattern.

#include "tokenizers/pre_tokenizers/pre_tokenizer.h"

namespace tokenizers::pipeline {

etllm::Status append_split_step(const Json& json, PreTokenizers& steps);

}  // namespace tokenizers::pipeline
