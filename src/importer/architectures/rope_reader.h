#pragma once

// Rotary position embedding as a model describes it: the frequencies, with any
// scaling to longer contexts.

#include "importer/architectures/decoder_model.h"
#include "importer/architectures/expression.h"
#include "importer/architectures/tensor_reader.h"

namespace etllm::importer {

/// Reads one entry of the member "rope" of a description. What is wrong goes
/// to `tensors`.
RopeParameters read_rope(const Json& rope, const ModelSource& source,
                         const DecoderShape& shape, Expressions& values,
                         TensorReader& tensors);

}  // namespace etllm::importer
