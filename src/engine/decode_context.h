#pragma once

// What the parts that take part in one generation share.

#include <executorch/runtime/core/exec_aten/exec_aten.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/planned_memory.h"
#include "engine/ring_cache.h"
#include "sampling/sampler_chain.h"

namespace etllm::engine {

/// `stop_requested` may be used from any thread, the rest from one at a time.
struct DecodeContext {
  std::atomic<bool> stop_requested{false};
  sampling::SamplerChain sampler;
  /// Logits after the last prefill, in the model's memory; valid until the
  /// model runs again.
  std::optional<executorch::aten::Tensor> prefill_logits;
  /// What the model's caches hold of the conversation.
  RingCache ring_cache;
  /// A sentence about the last failure, where the failing part knows one.
  std::string failure;
  /// The methods of the model that take turns, and the memory they share once
  /// one of them is loaded.
  std::vector<std::string> methods;
  std::weak_ptr<PlannedMemory> planned_memory;
};

}  // namespace etllm::engine
