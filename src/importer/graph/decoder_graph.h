#pragma once

// Builds the method `forward` of a decoder out of the operators of
// docs/operators.md.

#include <cstdint>

#include "base/status.h"
#include "importer/architectures/decoder_model.h"
#include "importer/graph/weight_store.h"
#include "importer/import.h"
#include "program/program_builder.h"

namespace etllm::importer {

/// Sizes of the program that the model leaves open. Both are positive.
struct DecoderLimits {
  std::uint32_t context_tokens = 0;
  std::uint32_t chunk_tokens = 0;
  KvType kv_type = KvType::kF16;
};

/// Adds to `method`: forward(tokens i64[1,N], start_pos i64[1]) -> logits
/// f32[1,1,vocabulary], with N up to `limits.chunk_tokens`. `weights` adds to
/// the same method. Fails as `plan_matrix` and `read_floats` do.
Status build_decoder(const DecoderModel& model, const DecoderLimits& limits,
                     WeightStore& weights, program::MethodBuilder& method);

}  // namespace etllm::importer
