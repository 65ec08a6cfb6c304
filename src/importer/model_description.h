#pragma once

// What an imported file says about itself: the JSON text of the named data
// "etllm.json".

#include <string>

#include "importer/architectures/decoder_model.h"
#include "importer/import.h"
#include "importer/source/model_source.h"

namespace etllm::importer {

/// The name a model gives itself, or the name of its file; printable.
std::string model_name(const ModelSource& source);

/// One JSON object; docs/importing.md lists its members.
std::string describe_model(const ModelSource& source, const DecoderModel& model,
                           const ImportReport& report, KvType kv_type,
                           const SamplingDefaults& sampling);

}  // namespace etllm::importer
