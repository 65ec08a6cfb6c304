#pragma once

// What the parts that take part in one generation share.

#include <executorch/runtime/core/exec_aten/exec_aten.h>

#include <atomic>
#include <optional>
#include <string>

#include "sampling/sampler_chain.h"

namespace etllm::engine {

/// `stop_requested` may be used from any thread, the rest from one at a time.
struct DecodeContext {
  std::atomic<bool> stop_requested{false};
  sampling::SamplerChain sampler;
  /// Logits after the last prefill, in the model's memory; valid until the
  /// model runs again.
  std::optional<executorch::aten::Tensor> prefill_logits;
  /// A sentence about the last failure, where the failing part knows one.
  std::string failure;
};

}  // namespace etllm::engine
