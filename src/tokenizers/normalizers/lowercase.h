#pragma once

// Lowercase: the lower case of each character by itself.

#include "tokenizers/normalizers/normalizer.h"

namespace tokenizers::pipeline {

etllm::Status append_lowercase(const Json& json, Normalizers& steps);

}  // namespace tokenizers::pipeline
