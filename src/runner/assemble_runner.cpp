#include "runner/assemble_runner.h"

#include <executorch/extension/llm/runner/llm_runner_helper.h>

#include <utility>

#include "operators/register.h"
#include "program/program_check.h"

namespace etllm::runner {

namespace llm = executorch::extension::llm;
using executorch::extension::Module;

Result<std::unique_ptr<Module>> open_module(
    const ModelFiles& files,
    std::unique_ptr<executorch::runtime::EventTracer> event_tracer) {
  // The runtime trusts what a file says about itself.
  const Status status = program::check_program_file(files.path);
  if (!status.ok()) return status;
  operators::register_operators();
  return std::make_unique<Module>(files.path, files.data_files, files.load_mode,
                                  std::move(event_tracer));
}

Result<std::unique_ptr<llm::TextLLMRunner>> assemble_runner(RunnerParts parts) {
  if (parts.tokenizer == nullptr) {
    return invalid_argument("there is no tokenizer for '" + parts.model_path +
                            "'; load one with load_tokenizer()");
  }
  const auto metadata =
      llm::get_llm_metadata(parts.tokenizer.get(), parts.module.get());
  if (!metadata.ok()) {
    return invalid_data("'" + parts.model_path +
                        "' is not a language model: its metadata are missing "
                        "or contradict each other");
  }
  auto eos_ids = std::make_unique<std::unordered_set<uint64_t>>(
      llm::get_eos_ids(parts.tokenizer.get(), parts.module.get()));
  auto io_manager = std::make_unique<llm::IOManager>(*parts.module);
  auto stats = std::make_unique<llm::Stats>();
  auto decoder = std::make_unique<llm::TextDecoderRunner>(
      parts.module.get(), io_manager.get(), std::move(parts.method_name),
      nullptr, stats.get());
  const bool use_kv_cache = metadata->at(llm::kUseKVCache) != 0;
  auto prefiller = std::make_unique<llm::TextPrefiller>(
      decoder.get(), use_kv_cache, metadata->at(llm::kEnableDynamicShape) != 0,
      metadata->at(llm::kMaxSeqLen));
  auto generator = std::make_unique<llm::TextTokenGenerator>(
      parts.tokenizer.get(), decoder.get(), use_kv_cache, std::move(eos_ids),
      stats.get());
  auto runner = std::make_unique<llm::TextLLMRunner>(
      *metadata, std::move(parts.tokenizer), std::move(parts.module),
      std::move(decoder), std::move(prefiller), std::move(io_manager),
      std::move(generator), std::move(stats), parts.temperature);
  runner->set_model_name(std::move(parts.model_path));
  return runner;
}

}  // namespace etllm::runner
