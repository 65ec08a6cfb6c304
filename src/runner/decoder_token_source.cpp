#include "runner/decoder_token_source.h"

#include <executorch/extension/llm/runner/util.h>

#include <string>

#include "engine/decode_context.h"

namespace etllm::runner {

using executorch::aten::ScalarType;
using executorch::aten::SizesType;
using executorch::extension::from_blob;
using executorch::runtime::Error;

DecoderTokenSource::DecoderTokenSource(const DecoderTokenSourceOptions& options,
                                       engine::Session& session)
    : options_(options),
      session_(session),
      token_tensor_(from_blob(&token_, {1, 1}, ScalarType::Long)) {}

Result<std::uint64_t> DecoderTokenSource::next() {
  if (session_.has_unread_token) return read_and_select();
  auto& context = options_.decoder.context();
  if (context.prefill_logits.has_value()) {
    const Tensor logits = *context.prefill_logits;
    context.prefill_logits.reset();
    return select(logits);
  }
  // A prefiller of the caller's own keeps its logits for itself.
  if (session_.predicted_token.has_value()) {
    return append(*session_.predicted_token);
  }
  if (session_.tokens.empty()) {
    error_ = Error::InvalidState;
    return invalid_argument("there is no prompt to answer");
  }
  session_.unread_last_token();
  return read_and_select();
}

Result<std::uint64_t> DecoderTokenSource::read_and_select() {
  options_.decoder.context().prefill_logits.reset();
  const auto logits = read_token();
  if (logits.ok()) return select(*logits);
  session_.is_poisoned = true;
  return failure(logits.error(), "the model could not be executed");
}

Result<std::uint64_t> DecoderTokenSource::select(const Tensor& logits) {
  for (const auto& processor : options_.processors) {
    const Error error = processor->process(logits);
    if (error != Error::Ok) return failure(error, "a logit processor failed");
  }
  const std::int32_t token =
      options_.decoder.logits_to_token(logits, options_.temperature);
  if (token < 0) return failure(Error::InvalidState, "no token was selected");
  return append(static_cast<std::uint64_t>(token));
}

executorch::runtime::Result<executorch::aten::Tensor>
DecoderTokenSource::read_token() {
  auto logits = [&] {
    if (options_.use_kv_cache) {
      token_ = session_.tokens.back();
      options_.decoder.context().ring_cache.add(session_.position, 1);
      return options_.decoder.step(token_tensor_, session_.position);
    }
    // Without a cache the model reads everything again.
    auto all = from_blob(session_.tokens.data(),
                         {1, static_cast<SizesType>(session_.tokens.size())},
                         ScalarType::Long);
    return options_.decoder.step(all, 0);
  }();
  if (options_.stats != nullptr) {
    options_.stats->model_execution_end_ms =
        executorch::extension::llm::time_in_ms();
  }
  if (logits.ok()) {
    ++session_.position;
    session_.has_unread_token = false;
  }
  return logits;
}

std::uint64_t DecoderTokenSource::append(std::uint64_t token) {
  session_.tokens.push_back(token);
  session_.has_unread_token = true;
  session_.predicted_token.reset();
  auto& sampler = options_.decoder.context().sampler;
  if (sampler.params().has_penalties()) sampler.history().add_generated(token);
  if (options_.stats != nullptr && options_.stats->first_token_ms == 0) {
    options_.stats->first_token_ms = executorch::extension::llm::time_in_ms();
  }
  return token;
}

Status DecoderTokenSource::failure(Error error, const char* what) {
  error_ = error;
  const std::string& detail = options_.decoder.context().failure;
  return io_error(std::string(what) + ": " +
                  (detail.empty() ? executorch::runtime::to_string(error)
                                  : detail.c_str()));
}

}  // namespace etllm::runner
