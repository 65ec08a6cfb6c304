#pragma once

// The safetensors files of a folder: one, or several that an index lists.

#include <string>
#include <vector>

#include "base/status.h"
#include "importer/safetensors/safetensors_file.h"

namespace etllm::importer {

/// Opens `model.safetensors`, or all files that
/// `model.safetensors.index.json` lists, or the only safetensors file of the
/// folder. Fails with kNotFound when there is none, or a shard or a tensor of
/// the index is missing, and with kInvalidData when a shard lies outside the
/// folder or two files have the same tensor.
Result<std::vector<SafetensorsFile>> open_weight_shards(
    const std::string& folder);

}  // namespace etllm::importer
