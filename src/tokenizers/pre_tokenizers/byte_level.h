#pragma once

// ByteLevel: GPT-2's words, spelled in the byte alphabet.

#include "tokenizers/pre_tokenizers/pre_tokenizer.h"

namespace tokenizers::pipeline {

/// Appends the one to three steps that `json` asks for.
etllm::Status append_byte_level(const Json& json, PreTokenizers& steps);

}  // namespace tokenizers::pipeline
