#pragma once

// Strip: takes characters off both ends of each piece.

#include "tokenizers/decoders/decoder.h"

namespace tokenizers::pipeline {

etllm::Status append_strip_decoder(const Json& json, Decoders& steps);

}  // namespace tokenizers::pipeline
