#pragma once

// What an imported file says about itself: the JSON text of the named data
// "etllm.json".

#include <string>

#include "importer/architectures/decoder_model.h"
#include "importer/gguf/gguf_file.h"
#include "importer/import.h"

namespace etllm::importer {

/// The name a model gives itself, or the name of its file; printable.
std::string model_name(const GgufFile& file);

/// One JSON object; docs/importing.md lists its members.
std::string describe_model(const GgufFile& file, const DecoderModel& model,
                           const ImportReport& report, KvType kv_type);

}  // namespace etllm::importer
