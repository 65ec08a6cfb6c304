#pragma once

// The families of models that can be imported. A family is a function that
// recognizes the metadata and the names of the tensors; adding one means
// adding a file and a line in the table of architecture.cpp.

#include <cstdint>

#include "base/status.h"
#include "importer/architectures/decoder_model.h"
#include "importer/gguf/gguf_file.h"

namespace etllm::importer {

/// Reads and checks the model in `file`, which must outlive the result. Fails
/// with kNotSupported for families or features this library lacks, and with
/// kInvalidData or kNotFound when the file contradicts itself.
Result<DecoderModel> read_decoder_model(const GgufFile& file);

/// The architecture "llama": Llama 1 to 3, SmolLM, TinyLlama, Mistral, ...
Result<DecoderModel> read_llama_model(const GgufFile& file);

}  // namespace etllm::importer
