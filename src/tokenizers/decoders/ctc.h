#pragma once

// CTC: repeated and padding tokens go, as in speech recognition.

#include "tokenizers/decoders/decoder.h"

namespace tokenizers::pipeline {

etllm::Status append_ctc_decoder(const Json& json, Decoders& steps);

}  // namespace tokenizers::pipeline
