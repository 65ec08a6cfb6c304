#pragma once

// SentencePiece's `.model` files, of the types BPE and Unigram.

#include <string_view>
#include <vector>

#include "tokenizers/added_tokens.h"
#include "tokenizers/formats/file_format.h"

namespace tokenizers::pipeline {

/// Why `content` is not a SentencePiece model; empty when it may be one.
std::string_view why_not_sentencepiece(std::string_view content);

/// `added` are tokens that are found in the text, whether the file has them as
/// pieces or not.
etllm::Result<LoadedPipeline> read_sentencepiece(
    std::string_view content,
    const std::vector<AddedTokens::Entry>& added = {});

}  // namespace tokenizers::pipeline
