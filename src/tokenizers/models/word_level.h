#pragma once

// WordLevel: a word is a piece, or unknown.

#include <memory>

#include "tokenizers/models/model.h"

namespace tokenizers::pipeline {

/// The WordLevel model of `file`, whose tables it takes.
etllm::Result<std::unique_ptr<Model>> make_word_level(TokenizerJson& file);

}  // namespace tokenizers::pipeline
