#pragma once

// BPEDecoder: the mark at the end of a word becomes a space.

#include "tokenizers/decoders/decoder.h"

namespace tokenizers::pipeline {

etllm::Status append_bpe_decoder(const Json& json, Decoders& steps);

}  // namespace tokenizers::pipeline
