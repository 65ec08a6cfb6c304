#pragma once

#include "engine/decode_context.h"

namespace etllm::runner {

/// Encloses a call that `stop()` can end. A request that came before the call
/// is obeyed; one that came before its end is used up by it.
class StopScope {
 public:
  explicit StopScope(engine::DecodeContext& context) : context_(context) {}
  StopScope(const StopScope&) = delete;
  StopScope& operator=(const StopScope&) = delete;
  ~StopScope() { context_.stop_requested.store(false); }

 private:
  engine::DecodeContext& context_;
};

}  // namespace etllm::runner
