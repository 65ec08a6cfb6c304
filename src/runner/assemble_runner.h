#pragma once

// Puts a TextLLMRunner together from a module and a tokenizer.

#include <executorch/extension/llm/runner/text_llm_runner.h>
#include <executorch/extension/module/module.h>

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"

namespace etllm::runner {

/// A model on disk.
struct ModelFiles {
  std::string path;
  std::vector<std::string> data_files;
  executorch::extension::Module::LoadMode load_mode =
      executorch::extension::Module::LoadMode::Mmap;
};

/// Checks the program, registers the operators, and makes a module that loads
/// when it is used. Fails with a sentence that names the file.
Result<std::unique_ptr<executorch::extension::Module>> open_module(
    const ModelFiles& files,
    std::unique_ptr<executorch::runtime::EventTracer> event_tracer = nullptr);

/// What a runner is made of.
struct RunnerParts {
  std::string model_path;  ///< For sentences.
  std::unique_ptr<executorch::extension::Module> module;
  std::unique_ptr<tokenizers::Tokenizer> tokenizer;
  std::string method_name = "forward";
  float temperature = -1.0f;
};

/// kInvalidArgument without a tokenizer, kInvalidData when the model's
/// metadata contradict each other.
Result<std::unique_ptr<executorch::extension::llm::TextLLMRunner>>
assemble_runner(RunnerParts parts);

}  // namespace etllm::runner
