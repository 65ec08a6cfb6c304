#include <executorch/extension/llm/runner/llm_runner_helper.h>
#include <executorch/extension/llm/runner/text_llm_runner.h>
#include <executorch/runtime/platform/log.h>

#include <utility>

#include "runner/assemble_runner.h"

namespace executorch::extension::llm {

using ::etllm::runner::assemble_runner;
using ::etllm::runner::ModelFiles;
using ::etllm::runner::open_module;
using ::executorch::runtime::EventTracer;
using ::tokenizers::Tokenizer;

namespace {

using RunnerResult = ::etllm::Result<std::unique_ptr<TextLLMRunner>>;

RunnerResult open_runner(const ModelFiles& files,
                         std::unique_ptr<Tokenizer> tokenizer,
                         const std::string& method_name, float temperature,
                         std::unique_ptr<EventTracer> event_tracer) {
  auto module = open_module(files, std::move(event_tracer));
  if (!module.ok()) return module.status();
  return assemble_runner({files.path, std::move(*module), std::move(tokenizer),
                          method_name, temperature});
}

std::unique_ptr<TextLLMRunner> log_failure(const std::string& sentence,
                                           std::string* error_message) {
  ET_LOG(Error, "%s", sentence.c_str());
  if (error_message != nullptr) *error_message = sentence;
  return nullptr;
}

}  // namespace

std::unique_ptr<TextLLMRunner> create_text_llm_runner(
    const std::string& model_path, std::unique_ptr<Tokenizer> tokenizer,
    std::optional<const std::string> data_path, float temperature,
    const std::string& method_name, Module::LoadMode load_mode) {
  std::vector<std::string> data_files;
  if (data_path) data_files.push_back(*data_path);
  return create_text_llm_runner(model_path, std::move(tokenizer),
                                std::move(data_files), temperature, nullptr,
                                method_name, load_mode);
}

std::unique_ptr<TextLLMRunner> create_text_llm_runner(
    const std::string& model_path, std::unique_ptr<Tokenizer> tokenizer,
    std::vector<std::string> data_files, float temperature,
    std::unique_ptr<EventTracer> event_tracer, const std::string& method_name,
    Module::LoadMode load_mode) {
  RunnerResult runner = open_runner(
      {model_path, std::move(data_files), load_mode}, std::move(tokenizer),
      method_name, temperature, std::move(event_tracer));
  if (!runner.ok()) return log_failure(runner.status().message(), nullptr);
  return std::move(*runner);
}

std::unique_ptr<TextLLMRunner> open_text_llm_runner(
    const TextLLMRunnerOptions& options, std::string* error_message) {
  std::string sentence;
  auto tokenizer =
      load_tokenizer(options.tokenizer_path.empty() ? options.model_path
                                                    : options.tokenizer_path,
                     nullptr, std::nullopt, 0, 1, &sentence);
  if (tokenizer == nullptr) {
    if (error_message != nullptr) *error_message = sentence;
    return nullptr;
  }
  RunnerResult runner =
      open_runner({options.model_path, options.data_files, options.load_mode},
                  std::move(tokenizer), options.method_name, -1.0f, nullptr);
  if (!runner.ok()) {
    return log_failure(runner.status().message(), error_message);
  }
  if ((*runner)->load() != ::executorch::runtime::Error::Ok) {
    if (error_message != nullptr) *error_message = (*runner)->error_message();
    return nullptr;
  }
  return std::move(*runner);
}

}  // namespace executorch::extension::llm
