#pragma once

// Strip: takes white space off the ends.

#include "tokenizers/normalizers/normalizer.h"

namespace tokenizers::pipeline {

etllm::Status append_strip(const Json& json, Normalizers& steps);

}  // namespace tokenizers::pipeline
