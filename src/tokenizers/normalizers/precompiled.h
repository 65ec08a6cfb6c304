#pragma once

// Precompiled: the character map of a SentencePiece model.

#include "tokenizers/normalizers/normalizer.h"

namespace tokenizers::pipeline {

etllm::Status append_precompiled(const Json& json, Normalizers& steps);

}  // namespace tokenizers::pipeline
