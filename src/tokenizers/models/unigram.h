#pragma once

// Unigram: the pieces with the largest sum of scores.

#include <memory>

#include "tokenizers/models/model.h"

namespace tokenizers::pipeline {

/// The Unigram model of `file`, whose tables it takes.
etllm::Result<std::unique_ptr<Model>> make_unigram(TokenizerJson& file);

}  // namespace tokenizers::pipeline
