#pragma once

// generation_config.json: which tokens end an answer, and how the authors of a
// model want its tokens chosen.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/status.h"
#include "importer/source/model_source.h"

namespace etllm::importer {

/// The ids under `key` of a configuration, one number or a list; numbers that
/// are no ids are left out, as are keys that are missing.
std::vector<std::int64_t> token_ids(const nlohmann::json& config,
                                    const char* key);

/// Fails with kInvalidData and a sentence that names `path` for a value that
/// makes no sense.
Result<SamplingDefaults> read_sampling_defaults(const nlohmann::json& config,
                                                const std::string& path);

}  // namespace etllm::importer
