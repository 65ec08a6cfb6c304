#pragma once

// BertNormalizer: what BERT does to a text before it looks at words.

#include "tokenizers/normalizers/normalizer.h"

namespace tokenizers::pipeline {

etllm::Status append_bert_normalizer(const Json& json, Normalizers& steps);

}  // namespace tokenizers::pipeline
