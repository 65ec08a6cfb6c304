#pragma once

// Fuse: joins all pieces, so that later steps see one.

#include "tokenizers/decoders/decoder.h"

namespace tokenizers::pipeline {

etllm::Status append_fuse_decoder(const Json& json, Decoders& steps);

}  // namespace tokenizers::pipeline
