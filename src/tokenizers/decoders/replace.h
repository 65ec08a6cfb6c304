#pragma once

// Replace: puts a text in place of the matches of a pattern.

#include "tokenizers/decoders/decoder.h"

namespace tokenizers::pipeline {

etllm::Status append_replace_decoder(const Json& json, Decoders& steps);

}  // namespace tokenizers::pipeline
