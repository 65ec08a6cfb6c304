#pragma once

// Nmt: drops control characters, and makes other odd spaces plain ones.

#include "tokenizers/normalizers/normalizer.h"

namespace tokenizers::pipeline {

etllm::Status append_nmt(const Json& json, Normalizers& steps);

}  // namespace tokenizers::pipeline
