#include "evaluation/window_plan.h"

#include <algorithm>
#include <string>

namespace etllm::evaluation {

Result<WindowPlan> plan_windows(std::size_t text_tokens,
                                std::size_t window_tokens,
                                std::optional<std::size_t> max_windows) {
  constexpr std::size_t kSmallestWindow = 3;
  if (window_tokens < kSmallestWindow) {
    return invalid_argument("a window of " + std::to_string(window_tokens) +
                            " tokens has nothing to score; choose at least " +
                            std::to_string(kSmallestWindow));
  }
  std::size_t windows = text_tokens / window_tokens;
  if (windows == 0) {
    return invalid_argument("the text has " + std::to_string(text_tokens) +
                            " tokens, less than one window of " +
                            std::to_string(window_tokens) +
                            "; give a longer text or smaller windows");
  }
  if (max_windows) windows = std::min(windows, *max_windows);
  if (windows == 0) {
    return invalid_argument("0 windows leave nothing to score");
  }
  return WindowPlan{window_tokens, windows};
}

}  // namespace etllm::evaluation
