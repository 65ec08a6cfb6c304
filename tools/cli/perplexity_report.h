#pragma once

// What `etllm perplexity` shows: the running estimate and the time that is
// left on stderr, the answer on stdout.

#include <chrono>
#include <cstddef>

#include "evaluation/evaluate.h"

namespace etllm::cli {

/// On a terminal one line that is written anew; elsewhere `[1]26.7031,` and so
/// on, as llama-perplexity has it.
class WindowProgress {
 public:
  explicit WindowProgress(std::size_t windows);
  ~WindowProgress();
  WindowProgress(const WindowProgress&) = delete;
  WindowProgress& operator=(const WindowProgress&) = delete;

  void update(std::size_t done, const evaluation::EvaluationScores& scores);

 private:
  std::size_t windows_;
  bool is_drawn_ = false;
  std::chrono::steady_clock::time_point start_;
};

/// The perplexity, and what the reference tells when there was one.
void print_scores(evaluation::EvaluationScores scores);

}  // namespace etllm::cli
