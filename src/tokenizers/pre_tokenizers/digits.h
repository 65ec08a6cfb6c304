#pragma once

// Digits: separates numbers from the rest, as a whole or digit by digit.

#include "tokenizers/pre_tokenizers/pre_tokenizer.h"

namespace tokenizers::pipeline {

etllm::Status append_digits(const Json& json, PreTokenizers& steps);

}  // namespace tokenizers::pipeline
