#include <executorch/extension/llm/runner/llm_runner_helper.h>
#include <executorch/extension/llm/runner/text_llm_runner.h>
#include <executorch/runtime/platform/log.h>

#include <utility>

#include "base/status.h"
#include "engine/model_metadata.h"
#include "operators/register.h"
#include "program/program_check.h"

namespace executorch::extension::llm {

using ::etllm::Status;
using ::executorch::runtime::EventTracer;
using ::tokenizers::Tokenizer;

namespace {

using RunnerResult = ::etllm::Result<std::unique_ptr<TextLLMRunner>>;

/// What a runner is made of.
struct RunnerParts {
  std::string model_path;
  std::unique_ptr<Tokenizer> tokenizer;
  std::vector<std::string> data_files;
  float temperature = -1.0f;
  std::unique_ptr<EventTracer> event_tracer;
  std::string method_name;
  Module::LoadMode load_mode = Module::LoadMode::Mmap;
};

RunnerResult assemble_runner(RunnerParts parts) {
  if (parts.tokenizer == nullptr) {
    return ::etllm::invalid_argument("there is no tokenizer for '" +
                                     parts.model_path +
                                     "'; load one with load_tokenizer()");
  }
  // The runtime trusts what a file says about itself.
  Status status = ::etllm::program::check_program_file(parts.model_path);
  if (!status.ok()) return status;
  ::etllm::operators::register_operators();
  auto module =
      std::make_unique<Module>(parts.model_path, parts.data_files,
                               parts.load_mode, std::move(parts.event_tracer));
  const auto metadata = get_llm_metadata(parts.tokenizer.get(), module.get());
  if (!metadata.ok()) {
    return ::etllm::invalid_data("'" + parts.model_path +
                                 "' is not a language model: its metadata are "
                                 "missing or contradict each other");
  }
  auto eos_ids = std::make_unique<std::unordered_set<uint64_t>>(
      get_eos_ids(parts.tokenizer.get(), module.get()));
  auto io_manager = std::make_unique<IOManager>(*module);
  auto stats = std::make_unique<Stats>();
  auto decoder = std::make_unique<TextDecoderRunner>(
      module.get(), io_manager.get(), parts.method_name, nullptr, stats.get());
  const bool use_kv_cache = metadata->at(kUseKVCache) != 0;
  auto prefiller = std::make_unique<TextPrefiller>(
      decoder.get(), use_kv_cache, metadata->at(kEnableDynamicShape) != 0,
      metadata->at(kMaxSeqLen));
  auto generator = std::make_unique<TextTokenGenerator>(
      parts.tokenizer.get(), decoder.get(), use_kv_cache, std::move(eos_ids),
      stats.get());
  auto runner = std::make_unique<TextLLMRunner>(
      *metadata, std::move(parts.tokenizer), std::move(module),
      std::move(decoder), std::move(prefiller), std::move(io_manager),
      std::move(generator), std::move(stats), parts.temperature);
  runner->set_model_name(parts.model_path);
  return runner;
}

std::unique_ptr<TextLLMRunner> runner_or_null(RunnerResult runner) {
  if (runner.ok()) return std::move(*runner);
  ET_LOG(Error, "%s", runner.status().message().c_str());
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
  return runner_or_null(assemble_runner(
      {model_path, std::move(tokenizer), std::move(data_files), temperature,
       std::move(event_tracer), method_name, load_mode}));
}

std::unique_ptr<TextLLMRunner> open_text_llm_runner(
    TextLLMRunnerOptions options, std::string* error_message) {
  const auto fail = [&](const std::string& sentence) {
    if (error_message != nullptr) *error_message = sentence;
    return nullptr;
  };
  std::string sentence;
  auto tokenizer =
      load_tokenizer(options.tokenizer_path.empty() ? options.model_path
                                                    : options.tokenizer_path,
                     nullptr, std::nullopt, 0, 1, &sentence);
  if (tokenizer == nullptr) return fail(sentence);
  RunnerResult runner =
      assemble_runner({std::move(options.model_path), std::move(tokenizer),
                       std::move(options.data_files), -1.0f, nullptr,
                       std::move(options.method_name), options.load_mode});
  if (!runner.ok()) {
    ET_LOG(Error, "%s", runner.status().message().c_str());
    return fail(runner.status().message());
  }
  if ((*runner)->load() != ::executorch::runtime::Error::Ok) {
    return fail((*runner)->error_message());
  }
  return std::move(*runner);
}

}  // namespace executorch::extension::llm
