#pragma once

// ByteLevel: spells the bytes of a text in the byte alphabet.

#include "tokenizers/normalizers/normalizer.h"

namespace tokenizers::pipeline {

etllm::Status append_byte_level_normalizer(const Json& json,
                                           Normalizers& steps);

}  // namespace tokenizers::pipeline
