#pragma once

// Text for the model goes in, its answer goes to stdout as it appears.

#include <executorch/extension/llm/runner/irunner.h>
#include <executorch/extension/llm/runner/text_llm_runner.h>

#include <string>

#include "base/status.h"
#include "cli/interrupt.h"
#include "cli/loaded_model.h"
#include "cli/options.h"

namespace etllm::cli {

/// The generation options of `etllm run`.
executorch::extension::llm::GenerationConfig generation_config(
    const LoadedModel& model, const RunOptions& options);

/// What was answered.
struct Answer {
  std::string text;
  executorch::extension::llm::FinishReason finish_reason;
};

/// Appends `prompt` to what the model has read, streams the answer to stdout
/// and ends it with a line break. Ctrl-C stops it. Fails with the runner's
/// sentence.
Result<Answer> stream_answer(
    executorch::extension::llm::TextLLMRunner& runner,
    const std::string& prompt,
    const executorch::extension::llm::GenerationConfig& config,
    InterruptWatcher& interrupts);

/// Times, speeds and memory of the last answer, on stderr.
void print_stats(const LoadedModel& model);

}  // namespace etllm::cli
