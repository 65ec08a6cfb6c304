#pragma once

// What a model says about itself, read and validated once.

#include <executorch/extension/module/module.h>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "base/status.h"

namespace etllm::engine {

/// Metadata as the constant methods of a program give them.
using MetadataMap = std::unordered_map<std::string, std::int64_t>;

/// The same with types, and free of contradictions.
struct ModelMetadata {
  std::int64_t max_seq_len = 0;      ///< Tokens of one call.
  std::int64_t max_context_len = 0;  ///< Tokens of a conversation.
  std::int64_t vocab_size = 0;       ///< 0 when unknown.
  std::int64_t ring_len = 0;         ///< Of the smallest KV ring; 0 without.
  bool use_kv_cache = true;
  bool enable_dynamic_shape = false;

  /// kInvalidData with a sentence that names the entry.
  static Result<ModelMetadata> from_map(const MetadataMap& map);
};

/// Runs the constant methods that the program has. kInvalidData when one of
/// them gives no number, or the program does not load.
Result<MetadataMap> read_metadata(executorch::extension::Module& module);

/// The ids that end an answer, of `get_eos_id` and `get_eos_ids` together,
/// each one number or several.
std::unordered_set<std::uint64_t> read_eos_ids(
    executorch::extension::Module& module);

}  // namespace etllm::engine
