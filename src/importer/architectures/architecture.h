#pragma once

// From a model on disk to a DecoderModel, by the description of its family.
// Adding a family means adding a JSON file here and its name to CMakeLists.txt.

#include <string>

#include "base/status.h"
#include "importer/architectures/decoder_model.h"
#include "importer/source/model_source.h"

namespace etllm::importer {

/// Reads and checks the model in `source`, which must outlive the result, by
/// the description at `description_path`, or by one that fits the model if
/// that is empty. Fails with kNotSupported for families or features this
/// library lacks, and with kInvalidData or kNotFound when the source
/// contradicts itself or its description.
Result<DecoderModel> read_decoder_model(
    const ModelSource& source, const std::string& description_path = {});

}  // namespace etllm::importer
