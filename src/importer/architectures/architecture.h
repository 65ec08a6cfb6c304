#pragma once

// The families of models that can be imported. A family is a function that
// recognizes the metadata and the names of the tensors; adding one means
// adding a file and a line in the table of architecture.cpp.

#include <cstdint>

#include "base/status.h"
#include "importer/architectures/decoder_model.h"
#include "importer/source/model_source.h"

namespace etllm::importer {

/// Reads and checks the model in `source`, which must outlive the result. Fails
/// with kNotSupported for families or features this library lacks, and with
/// kInvalidData or kNotFound when the source contradicts itself.
Result<DecoderModel> read_decoder_model(const ModelSource& source);

/// The architecture "llama": Llama 1 to 3, SmolLM, TinyLlama, Mistral, ...
Result<DecoderModel> read_llama_model(const ModelSource& source);

}  // namespace etllm::importer
