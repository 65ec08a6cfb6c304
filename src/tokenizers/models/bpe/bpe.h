#pragma once

// Byte-pair encoding with a vocabulary and ranked merges.

#include <memory>

#include "tokenizers/models/model.h"

namespace tokenizers::pipeline {

/// The BPE model of `file`, whose tables it takes.
etllm::Result<std::unique_ptr<Model>> make_bpe(TokenizerJson& file,
                                               WordAlphabet alphabet);

}  // namespace tokenizers::pipeline
