#pragma once

// ByteLevel: the bytes that the byte alphabet spells.

#include "tokenizers/decoders/decoder.h"

namespace tokenizers::pipeline {

etllm::Status append_byte_level_decoder(const Json& json, Decoders& steps);

}  // namespace tokenizers::pipeline
