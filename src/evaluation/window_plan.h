#pragma once

// How a text is cut for an evaluation: windows of one size beside each other.
// The model reads each from an empty context, and the second half of it is
// scored, so that every score has half a window or more before it.
//
//   tokens   0 ........ 255 256 ........ 511 | 512 ...
//   window 0 context        scored           | window 1 ...

#include <cstddef>
#include <optional>

#include "base/status.h"

namespace etllm::evaluation {

struct WindowPlan {
  std::size_t window_tokens = 0;
  std::size_t windows = 0;

  /// The first position of a window whose logits are scored, against the token
  /// that follows it. The last one is `window_tokens - 2`.
  std::size_t first_scored() const { return window_tokens / 2; }
  std::size_t scored_per_window() const {
    return window_tokens - 1 - first_scored();
  }
};

/// Cuts `text_tokens` tokens; what does not fill a window is left out, and so
/// is what is behind `max_windows`. kInvalidArgument when no window is left,
/// or when one of `window_tokens` has nothing to score.
Result<WindowPlan> plan_windows(std::size_t text_tokens,
                                std::size_t window_tokens,
                                std::optional<std::size_t> max_windows);

}  // namespace etllm::evaluation
