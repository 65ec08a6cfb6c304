#pragma once

// NFC, NFD, NFKC, NFKD: the normalization forms of Unicode.

#include "tokenizers/normalizers/normalizer.h"

namespace tokenizers::pipeline {

etllm::Status append_unicode_form(const Json& json, Normalizers& steps);

}  // namespace tokenizers::pipeline
