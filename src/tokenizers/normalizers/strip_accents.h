#pragma once

// StripAccents: drops combining marks.

#include "tokenizers/normalizers/normalizer.h"

namespace tokenizers::pipeline {

etllm::Status append_strip_accents(const Json& json, Normalizers& steps);

}  // namespace tokenizers::pipeline
