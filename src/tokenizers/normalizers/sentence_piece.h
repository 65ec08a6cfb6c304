#pragma once

// The normalizer of SentencePiece's `.model` files: the character map, white
// space, and the mark that stands for a space.

#include <memory>

#include "tokenizers/formats/sentencepiece_model.h"
#include "tokenizers/normalizers/normalizer.h"

namespace tokenizers::pipeline {

etllm::Result<std::unique_ptr<Normalizer>> make_sentence_piece_normalizer(
    const SentencePieceModel& model);

}  // namespace tokenizers::pipeline
