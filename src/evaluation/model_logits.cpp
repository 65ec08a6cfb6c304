#include "evaluation/model_logits.h"

#include <executorch/extension/llm/runner/constants.h>

#include <algorithm>
#include <string>
#include <utility>

#include "engine/decode_context.h"
#include "kernels/dispatch/select.h"
#include "runner/load_failure.h"
#include "sampling/tensor_logits.h"

namespace etllm::evaluation {
namespace {

namespace llm = executorch::extension::llm;
using executorch::aten::ScalarType;
using executorch::aten::SizesType;
using executorch::aten::Tensor;
using executorch::runtime::Error;
using executorch::runtime::MethodMeta;

constexpr const char* kAllLogitsMethod = "all_logits";

// 64 MiB of floats. Logits of a whole window would be gigabytes.
constexpr std::size_t kMaxLogitsOfCall = std::size_t{1} << 24;

/// Whether the method gives as many rows of logits as it takes tokens, by the
/// upper bounds of both.
bool gives_all_positions(const MethodMeta& method) {
  const auto tokens = method.input_tensor_meta(0);
  const auto logits = method.output_tensor_meta(0);
  if (!tokens.ok() || !logits.ok()) return false;
  return tokens->sizes().size() == 2 && logits->sizes().size() == 3 &&
         tokens->sizes()[1] == logits->sizes()[1];
}

/// Logits of one position; 0 when the method does not say.
std::size_t vocabulary_of(const MethodMeta& method) {
  const auto logits = method.output_tensor_meta(0);
  if (!logits.ok() || logits->sizes().size() == 0) return 0;
  const auto sizes = logits->sizes();
  return static_cast<std::size_t>(std::max(sizes[sizes.size() - 1], 0));
}

}  // namespace

ModelLogits::ModelLogits(const ModelLogitsOptions& options)
    : options_(options) {}
ModelLogits::~ModelLogits() = default;

Result<std::unique_ptr<ModelLogits>> ModelLogits::open(
    const ModelLogitsOptions& options) {
  std::unique_ptr<ModelLogits> model(new ModelLogits(options));
  const Status status = model->load();
  if (!status.ok()) return status;
  return model;
}

Status ModelLogits::load() {
  auto module = runner::open_module({options_.path, {}, options_.load_mode});
  if (!module.ok()) return module.status();
  module_ = *std::move(module);
  Status status = read_metadata();
  if (!status.ok()) return status;
  io_manager_ = std::make_unique<llm::IOManager>(*module_);
  const auto names = module_->method_names();
  const bool has_all_logits = names.ok() && names->contains(kAllLogitsMethod);
  decoders_ = runner::make_decoder_runners(
      *module_, *io_manager_,
      has_all_logits ? kAllLogitsMethod : llm::kForwardMethod);
  if (decoders_.prefill) {
    decoders_.prefill->share_context_with(*decoders_.decode);
    status = load_runner(*decoders_.prefill);
  }
  if (status.ok()) status = load_runner(*decoders_.decode);
  return status.ok() ? choose_sizes() : status;
}

Status ModelLogits::read_metadata() {
  const auto map = engine::read_metadata(*module_);
  if (!map.ok()) {
    return invalid_data("'" + options_.path + "': " + map.status().message());
  }
  const auto metadata = engine::ModelMetadata::from_map(*map);
  if (!metadata.ok()) {
    return invalid_data("'" + options_.path +
                        "': " + metadata.status().message());
  }
  metadata_ = *metadata;
  return {};
}

Status ModelLogits::load_runner(Runner& runner) {
  const Error error = runner.load();
  if (error == Error::Ok) return {};
  return invalid_data(runner::describe_load_failure(
      options_.path, runner.method_name(), error, runner.context().failure));
}

Status ModelLogits::choose_sizes() {
  const auto method = module_->method_meta(many_tokens().method_name());
  vocabulary_ = method.ok() ? vocabulary_of(*method) : 0;
  if (vocabulary_ == 0) {
    return not_supported("'" + options_.path +
                         "' is no language model: its method " +
                         many_tokens().method_name() + " gives no logits");
  }
  const bool takes_many =
      metadata_.enable_dynamic_shape || !metadata_.use_kv_cache;
  auto tokens = static_cast<std::size_t>(metadata_.max_seq_len);
  const std::int64_t bound = many_tokens().max_input_tokens();
  if (bound > 0) tokens = std::min(tokens, static_cast<std::size_t>(bound));
  max_skipped_ = takes_many ? tokens : 1;
  gives_all_positions_ = takes_many && evaluation::gives_all_positions(*method);
  if (!gives_all_positions_) return {};
  max_rows_ = std::min(
      max_skipped_, std::max<std::size_t>(kMaxLogitsOfCall / vocabulary_, 1));
  max_skipped_ = max_rows_;
  // Every call computes all positions again, so one is best.
  if (!metadata_.use_kv_cache) max_rows_ = tokens;
  return {};
}

std::size_t ModelLogits::context_tokens() const {
  return static_cast<std::size_t>(metadata_.max_context_len);
}

Status ModelLogits::begin_call(std::size_t begin) {
  if (begin == 0) {
    many_tokens().reset();
    decoders_.decode->reset();
  }
  return kernels::select_kernels(options_.kernels);
}

Status ModelLogits::skip(std::span<const std::uint64_t> window,
                         std::size_t begin, std::size_t end) {
  Status status = begin_call(begin);
  // Without a cache the model forgets what it read.
  if (!metadata_.use_kv_cache) return status;
  while (status.ok() && begin < end) {
    const std::size_t count = std::min(max_skipped_, end - begin);
    status = feed(many_tokens(), window.subspan(begin, count), begin).status();
    begin += count;
  }
  return status;
}

Result<LogitsRows> ModelLogits::run(std::span<const std::uint64_t> window,
                                    std::size_t begin, std::size_t end) {
  const Status status = begin_call(begin);
  if (!status.ok()) return status;
  const std::size_t first = metadata_.use_kv_cache ? begin : 0;
  Runner& runner = gives_all_positions_ ? many_tokens() : *decoders_.decode;
  const auto logits = feed(runner, window.subspan(first, end - first), first);
  if (!logits.ok()) return logits.status();
  const auto values =
      sampling::last_positions(*logits, end - begin, runner.context().sampler);
  if (!values.ok()) {
    return not_supported("'" + options_.path +
                         "': " + values.status().message());
  }
  if (values->size() != (end - begin) * vocabulary_) {
    return invalid_data("'" + options_.path +
                        "' gives another number of logits than it says; "
                        "export or import it again");
  }
  return LogitsRows{*values, vocabulary_};
}

Result<Tensor> ModelLogits::feed(Runner& runner,
                                 std::span<const std::uint64_t> tokens,
                                 std::size_t position) {
  tokens_.assign(tokens.begin(), tokens.end());
  auto input = executorch::extension::from_blob(
      tokens_.data(), {1, static_cast<SizesType>(tokens_.size())},
      ScalarType::Long);
  const auto logits = runner.step(input, static_cast<std::int64_t>(position));
  if (logits.ok()) return *logits;
  return invalid_argument("'" + options_.path + "' refused " +
                          std::to_string(tokens.size()) +
                          " tokens at position " + std::to_string(position) +
                          "; -v shows what the runtime says");
}

}  // namespace etllm::evaluation
