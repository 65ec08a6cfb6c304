#pragma once

#include <executorch/runtime/core/error.h>

#include <string>

namespace etllm::runner {

/// One sentence on why `method` of `model` (its path, or empty) did not load.
/// `detail` is what the failing part knows, or empty.
std::string describe_load_failure(const std::string& model,
                                  const std::string& method,
                                  executorch::runtime::Error error,
                                  const std::string& detail);

}  // namespace etllm::runner
