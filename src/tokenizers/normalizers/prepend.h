#pragma once

// Prepend: puts a text in front of what is not empty.

#include "tokenizers/normalizers/normalizer.h"

namespace tokenizers::pipeline {

etllm::Status append_prepend(const Json& json, Normalizers& steps);

}  // namespace tokenizers::pipeline
