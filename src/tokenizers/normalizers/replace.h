#pragma once

// Replace: puts a text in place of the matches of a pattern.

#include "tokenizers/normalizers/normalizer.h"

namespace tokenizers::pipeline {

etllm::Status append_replace(const Json& json, Normalizers& steps);

}  // namespace tokenizers::pipeline
