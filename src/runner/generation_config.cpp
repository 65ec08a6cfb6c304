#include "runner/generation_config.h"

#include <algorithm>
#include <limits>

namespace etllm::runner {

using executorch::extension::llm::FinishReason;
using executorch::extension::llm::GenerationConfig;
using executorch::runtime::Error;

sampling::SamplingParams sampling_params(const GenerationConfig& config,
                                         float temperature_override) {
  sampling::SamplingParams params;
  params.temperature =
      temperature_override >= 0 ? temperature_override : config.temperature;
  params.top_k = config.top_k;
  params.top_p = config.top_p;
  params.min_p = config.min_p;
  params.repetition_penalty = config.repetition_penalty;
  params.presence_penalty = config.presence_penalty;
  params.frequency_penalty = config.frequency_penalty;
  params.seed = config.seed;
  return params;
}

engine::TokenLimits token_limits(const GenerationConfig& config) {
  return {config.max_new_tokens, config.seq_len};
}

Status validate(const GenerationConfig& config, float temperature_override) {
  if (!config.grammar.empty()) {
    return not_supported(
        "grammars are not supported yet; leave GenerationConfig::grammar "
        "empty");
  }
  Status status = engine::validate(token_limits(config));
  if (!status.ok()) return status;
  return sampling::validate(sampling_params(config, temperature_override));
}

FinishReason finish_reason(engine::EndReason end) {
  switch (end) {
    case engine::EndReason::kEos:
      return FinishReason::Eos;
    case engine::EndReason::kStopString:
      return FinishReason::StopString;
    case engine::EndReason::kLength:
      return FinishReason::Length;
    case engine::EndReason::kStopped:
      return FinishReason::Stopped;
    case engine::EndReason::kFailed:
      return FinishReason::Failed;
  }
  return FinishReason::Failed;
}

Error to_error(StatusCode code) {
  switch (code) {
    case StatusCode::kOk:
      return Error::Ok;
    case StatusCode::kInvalidArgument:
      return Error::InvalidArgument;
    case StatusCode::kNotFound:
      return Error::NotFound;
    case StatusCode::kInvalidData:
      return Error::InvalidProgram;
    case StatusCode::kNotSupported:
      return Error::NotSupported;
    case StatusCode::kIoError:
      return Error::AccessFailed;
    case StatusCode::kCancelled:
      return Error::EndOfMethod;
  }
  return Error::Internal;
}

}  // namespace etllm::runner

namespace executorch::extension::llm {

int32_t GenerationConfig::resolve_max_new_tokens(
    int64_t max_context_len, int64_t num_tokens_occupied) const {
  const int64_t remaining =
      ::etllm::engine::remaining_tokens(::etllm::runner::token_limits(*this),
                                        max_context_len, num_tokens_occupied);
  return static_cast<int32_t>(
      std::min<int64_t>(remaining, std::numeric_limits<int32_t>::max()));
}

const char* to_string(FinishReason reason) {
  switch (reason) {
    case FinishReason::None:
      return "none";
    case FinishReason::Eos:
      return "eos";
    case FinishReason::StopString:
      return "stop";
    case FinishReason::Length:
      return "length";
    case FinishReason::Stopped:
      return "stopped";
    case FinishReason::Failed:
      return "failed";
  }
  return "none";
}

::executorch::runtime::Result<uint64_t> IRunner::prefill(
    const std::vector<MultimodalInput>& inputs, int32_t num_bos,
    int32_t num_eos) {
  (void)inputs;
  (void)num_bos;
  (void)num_eos;
  return ::executorch::runtime::Error::NotSupported;
}

}  // namespace executorch::extension::llm
