#pragma once

// Builds the methods of a decoder out of the operators of docs/operators.md.

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
  /// Largest number of tokens of a call of any method.
  std::uint32_t chunk_tokens = 0;
  KvType kv_type = KvType::kF16;
};

/// Positions of the smallest cache that is a ring, or 0 where none is.
std::uint32_t smallest_ring(const DecoderModel& model,
                            const DecoderLimits& limits);

/// Which positions of a call get logits.
enum class LogitsOf : std::uint8_t { kLastPosition, kEveryPosition };

/// Adds to `method`: (tokens i64[1,N], start_pos i64[1]) -> logits
/// f32[1,1,vocabulary] or f32[1,N,vocabulary], with N up to `method_tokens`,
/// at most `limits.chunk_tokens`. `weights` adds to the same method; caches are
/// those of every method that is built with the same limits. Fails as
/// `plan_matrix` does, and with kNotSupported for combinations of blocks that
/// the operators lack.
Status build_decoder(const DecoderModel& model, const DecoderLimits& limits,
                     std::uint32_t method_tokens, LogitsOf logits,
                     WeightStore& weights, program::MethodBuilder& method);

}  // namespace etllm::importer
