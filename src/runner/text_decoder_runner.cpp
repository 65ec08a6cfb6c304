#include <executorch/extension/llm/runner/text_decoder_runner.h>
#include <executorch/extension/llm/runner/util.h>
#include <executorch/runtime/platform/log.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "engine/decode_context.h"
#include "engine/model_assets.h"
#include "engine/planned_memory.h"
#include "kernels/threading/parallel.h"
#include "runner/generation_config.h"
#include "sampling/tensor_logits.h"

namespace executorch::extension::llm {

using ::etllm::engine::DecodeContext;
using ::etllm::engine::PlannedMemory;
using ::executorch::aten::ScalarType;
using ::executorch::aten::Tensor;
using ::executorch::runtime::Error;
using ::executorch::runtime::EValue;
using ::executorch::runtime::MethodMeta;
using ::executorch::runtime::Program;
using ::executorch::runtime::Result;

namespace {

bool has_position_vector(const MethodMeta& method) {
  if (method.num_inputs() < 2) return false;
  const auto positions = method.input_tensor_meta(1);
  return positions.ok() &&
         std::any_of(positions->sizes().begin(), positions->sizes().end(),
                     [](auto size) { return size > 1; });
}

/// Whether the program says that our importer wrote it. Its mutable buffers
/// begin as zeros; those of other programs may begin with values of the file.
bool is_imported(const Program& program) {
  const auto map = program.get_named_data_map();
  if (!map.ok()) return false;
  return (*map)->get_data(::etllm::engine::kDescriptionKey).ok();
}

}  // namespace

TextDecoderRunner::TextDecoderRunner(Module* module, IOManager* io_manager,
                                     std::string method_name,
                                     std::unique_ptr<Sampler> sampler,
                                     Stats* stats)
    : module_(module),
      io_manager_(io_manager),
      method_name_(std::move(method_name)),
      sampler_(std::move(sampler)),
      stats_(stats),
      context_(std::make_shared<DecodeContext>()) {
  context_->methods.push_back(method_name_);
}

TextDecoderRunner::~TextDecoderRunner() {
  // The method lives in our memory.
  if (planned_memory_ != nullptr) module_->unload_method(method_name_);
}

Error TextDecoderRunner::load() {
  if (module_ == nullptr) return Error::InvalidState;
  if (module_->is_method_loaded(method_name_)) return Error::Ok;
  const Error error = load_with_planned_memory();
  if (error == Error::Ok) {
    is_imported_ = is_imported(*module_->program());
  }
  return error;
}

Error TextDecoderRunner::load_with_planned_memory() {
  std::shared_ptr<PlannedMemory> memory = context_->planned_memory.lock();
  if (memory == nullptr) {
    std::vector<MethodMeta> methods;
    for (const std::string& name : context_->methods) {
      const auto method = module_->method_meta(name);
      if (!method.ok()) return method.error();
      methods.push_back(*method);
    }
    auto created = PlannedMemory::create(methods);
    // Memory on other devices is the module's own business.
    if (created.status().code() == ::etllm::StatusCode::kNotSupported) {
      return module_->load_method(method_name_);
    }
    if (!created.ok()) {
      context_->failure = created.status().message();
      return created.status().code() == ::etllm::StatusCode::kIoError
                 ? Error::MemoryAllocationFailed
                 : Error::InvalidProgram;
    }
    memory = std::move(*created);
  }
  const Error error = module_->load_method(method_name_, memory->allocator());
  if (error != Error::Ok) return error;
  context_->planned_memory = memory;
  planned_memory_ = std::move(memory);
  return Error::Ok;
}

void TextDecoderRunner::reset() {
  context_->prefill_logits.reset();
  if (is_imported_ && planned_memory_ != nullptr) {
    planned_memory_->clear_mutable_buffers();
  }
}

bool TextDecoderRunner::is_method_loaded() {
  return module_ != nullptr && module_->is_method_loaded(method_name_);
}

Result<Tensor> TextDecoderRunner::step(TensorPtr& tokens, int64_t start_pos) {
  if (module_ == nullptr || io_manager_ == nullptr || tokens == nullptr) {
    return Error::InvalidState;
  }
  const auto positions = position_tensor(start_pos, tokens->numel());
  if (!positions.ok()) return positions.error();
  const bool is_prefill = tokens->numel() > 1;
  const auto inputs =
      is_prefill
          ? io_manager_->prepare_prefill(tokens, *positions, method_name_)
          : io_manager_->prepare_decode(tokens, *positions, method_name_);
  if (!inputs.ok()) return inputs.error();
  const auto outputs = execute(*inputs);
  if (!outputs.ok()) return outputs.error();
  const Error updated =
      is_prefill ? io_manager_->update_prefill(*outputs, method_name_)
                 : io_manager_->update_decode(*outputs, method_name_);
  if (updated != Error::Ok) return updated;
  if (outputs->empty() || !outputs->front().isTensor()) {
    context_->failure = "the method " + method_name_ + " gives no logits";
    return Error::InvalidProgram;
  }
  return outputs->front().toTensor();
}

Result<std::vector<EValue>> TextDecoderRunner::execute(
    const std::vector<EValue>& inputs) {
  // All of an imported program's operators are ours.
  std::optional<::etllm::kernels::AwakeThreads> threads;
  if (is_imported_) threads.emplace();
  return module_->execute(method_name_, inputs);
}

Result<TensorPtr> TextDecoderRunner::position_tensor(int64_t start_pos,
                                                     int64_t num_tokens) {
  start_pos_ = start_pos;
  if (!takes_position_vector_.has_value()) {
    const auto method = module_->method_meta(method_name_);
    takes_position_vector_ = method.ok() && has_position_vector(*method);
  }
  if (*takes_position_vector_) {
    return populate_start_pos_or_cache_position(
        module_, start_pos_, cache_positions_, static_cast<int>(num_tokens),
        method_name_.c_str());
  }
  if (start_pos_tensor_ == nullptr) {
    start_pos_tensor_ = from_blob(&start_pos_, {1}, ScalarType::Long);
  }
  return start_pos_tensor_;
}

int32_t TextDecoderRunner::logits_to_token(const Tensor& logits,
                                           float temperature) {
  if (stats_ != nullptr) stats_->on_sampling_begin();
  auto& chain = context_->sampler;
  int32_t token = -1;
  const auto values = ::etllm::sampling::last_position(logits, chain);
  if (!values.ok()) {
    context_->failure = values.status().message();
  } else if (sampler_ != nullptr) {
    const auto size = static_cast<int64_t>(values->size());
    // The injected sampler was made for a number of logits.
    token =
        sampler_->vocab_size() <= size ? sampler_->sample(values->data()) : -1;
    if (token < 0) context_->failure = "the sampler selected no token";
  } else {
    chain.set_temperature(temperature);
    const auto selected = chain.sample(*values);
    if (selected.ok()) {
      token = *selected;
    } else {
      context_->failure = selected.status().message();
    }
  }
  if (stats_ != nullptr) stats_->on_sampling_end();
  return token;
}

void TextDecoderRunner::stop() { context_->stop_requested.store(true); }

int64_t TextDecoderRunner::max_input_tokens() {
  if (module_ == nullptr) return 0;
  const auto method = module_->method_meta(method_name_);
  if (!method.ok()) return 0;
  const auto tokens = method->input_tensor_meta(0);
  if (!tokens.ok() || tokens->sizes().size() == 0) return 0;
  return tokens->sizes()[tokens->sizes().size() - 1];
}

void TextDecoderRunner::share_context_with(TextDecoderRunner& other) {
  context_ = other.context_;
  context_->methods.push_back(method_name_);
}

void TextDecoderRunner::use_stats(Stats* stats) {
  if (stats_ == nullptr) stats_ = stats;
}

}  // namespace executorch::extension::llm
