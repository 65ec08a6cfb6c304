#pragma once

// A model that is ready to answer: the runner, and what its file says about
// how to talk to it.

#include <executorch/extension/llm/runner/text_llm_runner.h>

#include <memory>
#include <string>

#include "base/status.h"
#include "cli/options.h"

namespace etllm::cli {

/// Owns the runner. The chat template is the text in the model's file, empty
/// when it has none.
struct LoadedModel {
  std::unique_ptr<executorch::extension::llm::TextLLMRunner> runner;
  std::string chat_template;
  std::string bos_token;
  std::string eos_token;
};

/// Sets the threads and the kernels that the options ask for.
Status configure_engine(const EngineOptions& options);

/// Configures, then loads the model and its tokenizer; `tokenizer_path` is
/// empty for the one inside the model.
Result<LoadedModel> load_model(const EngineOptions& options,
                               const std::string& tokenizer_path);

}  // namespace etllm::cli
