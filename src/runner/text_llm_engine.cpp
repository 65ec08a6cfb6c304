#include <executorch/extension/llm/runner/llm_runner_helper.h>
#include <executorch/extension/llm/runner/llm_session.h>
#include <executorch/runtime/platform/log.h>

#include <limits>
#include <utility>

#include "runner/assemble_runner.h"
#include "runner/generation_config.h"
#include "runner/shared_tokenizer.h"
#include "runner/text_llm_session.h"

namespace executorch::extension::llm {

using ::etllm::runner::assemble_runner;
using ::etllm::runner::ModelFiles;
using ::etllm::runner::open_module;
using ::etllm::runner::SharedTokenizer;
using ::etllm::runner::TextLLMSession;
using ::executorch::runtime::Error;
using ::executorch::runtime::Result;
using ::tokenizers::Tokenizer;

namespace {

/// What all sessions of an engine use and none changes.
struct SharedModel {
  ModelFiles files;
  std::string method_name;
  /// Owns the program and the loader that its weights are mapped by.
  std::unique_ptr<Module> module;
  std::shared_ptr<const Tokenizer> tokenizer;
  std::unordered_map<std::string, int64_t> metadata;
};

class TextLLMEngine final : public LLMEngine {
 public:
  explicit TextLLMEngine(std::shared_ptr<SharedModel> model)
      : model_(std::move(model)) {}

  Result<std::unique_ptr<LLMSession>> create_session() override {
    auto module = make_module();
    auto runner =
        assemble_runner({model_->files.path, std::move(module),
                         std::make_unique<SharedTokenizer>(model_->tokenizer),
                         model_->method_name, -1.0f});
    if (!runner.ok()) {
      return ::etllm::runner::to_error(runner.status().code());
    }
    const Error loaded = (*runner)->load();
    if (loaded != Error::Ok) return loaded;
    return std::unique_ptr<LLMSession>(
        std::make_unique<TextLLMSession>(model_, std::move(*runner)));
  }

  LLMServingCapacity serving_capacity() const override {
    LLMServingCapacity capacity;
    const auto method = model_->module->method_meta(model_->method_name);
    if (!method.ok()) return capacity;
    if (method->num_backends() == 0) {
      capacity.max_physical_sessions_without_weight_duplication =
          std::numeric_limits<int32_t>::max();
    }
    for (size_t i = 0; i < method->num_memory_planned_buffers(); ++i) {
      const auto bytes = method->memory_planned_buffer_size(i);
      if (bytes.ok()) capacity.estimated_bytes_per_session += *bytes;
    }
    return capacity;
  }

  const std::unordered_map<std::string, int64_t>& metadata() const override {
    return model_->metadata;
  }

 private:
  std::unique_ptr<Module> make_module() const {
    // Weights in data files are mapped once more; their pages are shared.
    if (!model_->files.data_files.empty()) {
      return std::make_unique<Module>(model_->files.path,
                                      model_->files.data_files,
                                      model_->files.load_mode);
    }
    return std::make_unique<Module>(model_->module->program());
  }

  std::shared_ptr<SharedModel> model_;
};

}  // namespace

std::unique_ptr<LLMEngine> create_text_llm_engine(
    const std::string& model_path, std::unique_ptr<Tokenizer> tokenizer,
    std::vector<std::string> data_files, const std::string& method_name) {
  const auto fail = [](const std::string& sentence) {
    ET_LOG(Error, "%s", sentence.c_str());
    return nullptr;
  };
  if (tokenizer == nullptr) {
    return fail("there is no tokenizer for '" + model_path +
                "'; load one with load_tokenizer()");
  }
  auto model = std::make_shared<SharedModel>();
  model->files = {model_path, std::move(data_files)};
  model->method_name = method_name;
  auto module = open_module(model->files);
  if (!module.ok()) return fail(module.status().message());
  model->module = std::move(*module);
  auto metadata = get_llm_metadata(tokenizer.get(), model->module.get());
  if (!metadata.ok() || model->module->load() != Error::Ok) {
    return fail("'" + model_path +
                "' is not a language model that can be loaded");
  }
  model->metadata = std::move(*metadata);
  model->tokenizer = std::move(tokenizer);
  return std::make_unique<TextLLMEngine>(std::move(model));
}

}  // namespace executorch::extension::llm
