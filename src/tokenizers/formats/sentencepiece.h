#pragma once

// SentencePiece's `.model` files, of the types BPE and Unigram.

#include <string_view>

#include "tokenizers/formats/file_format.h"

namespace tokenizers::pipeline {

/// Why `content` is not a SentencePiece model; empty when it may be one.
std::string_view why_not_sentencepiece(std::string_view content);

etllm::Result<LoadedPipeline> read_sentencepiece(std::string_view content);

}  // namespace tokenizers::pipeline
