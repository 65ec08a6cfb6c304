#pragma once

// The way back from the pieces of SentencePiece's `.model` files.

#include <memory>

#include "tokenizers/decoders/decoder.h"
#include "tokenizers/formats/sentencepiece_model.h"

namespace tokenizers::pipeline {

std::unique_ptr<Decoder> make_sentence_piece_decoder(
    const SentencePieceModel& model);

}  // namespace tokenizers::pipeline
