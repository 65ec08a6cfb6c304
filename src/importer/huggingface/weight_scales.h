#pragma once

// Weights of 8-bit floats and the numbers that they are multiplied by, which
// lie in tensors of their own beside them.

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "importer/source/model_source.h"

namespace etllm::importer {

/// Whether the quantization that a config.json names can be imported: plain
/// 8-bit floats. Fails with kNotSupported and what to download instead;
/// `path` is the config's, for sentences.
Status check_quantization(const Json& config, const std::string& path);

/// Gives each tensor of 8-bit floats its scales, and removes the tensors that
/// hold them from the list, as well as those of activations. Does nothing
/// where `config` speaks of no quantization. Fails with kInvalidData or
/// kNotSupported for scales that do not fit.
Result<std::vector<std::unique_ptr<const TensorScales>>> take_weight_scales(
    const Json& config, std::vector<SourceTensor>& tensors);

}  // namespace etllm::importer
