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

/// The decoder runners of a model; `prefill` is null when one method does
/// everything.
struct DecoderRunners {
  std::unique_ptr<executorch::extension::llm::TextDecoderRunner> decode;
  std::unique_ptr<executorch::extension::llm::TextDecoderRunner> prefill;
};

/// Runs `method_name`, or the methods "prefill" and "decode" of a program that
/// has both instead of "forward". All but the name is borrowed.
DecoderRunners make_decoder_runners(
    executorch::extension::Module& module,
    executorch::extension::llm::IOManager& io_manager,
    const std::string& method_name,
    executorch::extension::llm::Stats* stats = nullptr);

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
