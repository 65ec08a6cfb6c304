#pragma once

// ByteFallback: tokens like <0x0A> become their bytes.

#include "tokenizers/decoders/decoder.h"

namespace tokenizers::pipeline {

etllm::Status append_byte_fallback_decoder(const Json& json, Decoders& steps);

}  // namespace tokenizers::pipeline
