#pragma once

// A model that is ready to answer: the runner, and what its file says about
// how to talk to it.

#include <executorch/extension/llm/runner/text_llm_runner.h>

#include <memory>
#include <string>

#include "base/status.h"
#include "cli/model_sampling.h"
#include "cli/options.h"

namespace etllm::cli {

/// Owns the runner. The chat template is the text in the model's file, empty
/// when it has none.
struct LoadedModel {
  std::string path;
  std::unique_ptr<executorch::extension::llm::TextLLMRunner> runner;
  std::string chat_template;
  std::string bos_token;
  std::string eos_token;
  ModelSampling sampling;
  long load_ms = 0;  ///< From the path to here, the tokenizer included.
};

/// The text of a token, empty when the id is not one.
std::string piece_of(const tokenizers::Tokenizer& tokenizer,
                     std::uint64_t token);

/// Fails for a GGUF file, which has to be imported first: the mistake that
/// users of other runners make.
Status check_not_gguf(const std::string& path);

/// Checks the model's path, and sets the threads and the kernels that the
/// options ask for.
Status configure_engine(const EngineOptions& options);

/// How the options want the model's file to be read.
executorch::extension::Module::LoadMode load_mode(const EngineOptions& options);

/// What else a sentence about a model that could not be loaded should say.
std::string load_hint(const EngineOptions& options);

/// Configures, then loads the model and its tokenizer; `tokenizer_path` is
/// empty for the one inside the model.
Result<LoadedModel> load_model(const EngineOptions& options,
                               const std::string& tokenizer_path);

}  // namespace etllm::cli
