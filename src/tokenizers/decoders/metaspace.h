#pragma once

// Metaspace: marks become spaces, but for the one in front.

#include "tokenizers/decoders/decoder.h"

namespace tokenizers::pipeline {

etllm::Status append_metaspace_decoder(const Json& json, Decoders& steps);

}  // namespace tokenizers::pipeline
