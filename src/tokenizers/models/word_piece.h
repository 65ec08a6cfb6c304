#pragma once

// WordPiece: the longest piece first, then the longest of the rest.

#include <memory>

#include "tokenizers/models/model.h"

namespace tokenizers::pipeline {

/// The WordPiece model of `file`, whose tables it takes.
etllm::Result<std::unique_ptr<Model>> make_word_piece(TokenizerJson& file);

}  // namespace tokenizers::pipeline
