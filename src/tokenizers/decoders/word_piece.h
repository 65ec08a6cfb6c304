#pragma once

// WordPiece: words get spaces, pieces inside a word lose their prefix.

#include "tokenizers/decoders/decoder.h"

namespace tokenizers::pipeline {

etllm::Status append_word_piece_decoder(const Json& json, Decoders& steps);

}  // namespace tokenizers::pipeline
