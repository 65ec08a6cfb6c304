#include "runner/text_llm_session.h"

#include <utility>

namespace etllm::runner {
namespace {

using executorch::extension::llm::FinishReason;
using executorch::extension::llm::GenerationConfig;
using executorch::runtime::Error;

/// A seed for each position: every token is a generation of its own, and all
/// of them shall not see the same random number. The mixing is that of
/// SplitMix64 (https://doi.org/10.1145/2714064.2660195).
uint64_t seed_at(uint64_t seed, int64_t position) {
  uint64_t mixed =
      seed + 0x9e3779b97f4a7c15U * (static_cast<uint64_t>(position) + 1);
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
  return mixed ^ (mixed >> 31);
}

GenerationConfig one_token(
    const executorch::extension::llm::SamplingConfig& sampling,
    int64_t position) {
  GenerationConfig config;
  config.echo = false;
  config.seq_len = -1;
  config.max_new_tokens = 1;
  if (sampling.temperature >= 0) config.temperature = sampling.temperature;
  config.top_k = sampling.top_k;
  config.top_p = sampling.top_p;
  if (sampling.seed != 0) config.seed = seed_at(sampling.seed, position);
  return config;
}

}  // namespace

TextLLMSession::TextLLMSession(
    std::shared_ptr<const void> shared,
    std::unique_ptr<executorch::extension::llm::TextLLMRunner> runner)
    : shared_(std::move(shared)), runner_(std::move(runner)) {}

Error TextLLMSession::prefill_tokens(std::vector<uint64_t> tokens,
                                     const SamplingConfig*) {
  if (tokens.empty()) return Error::InvalidArgument;
  const uint64_t last = tokens.back();
  const auto result = runner_->prefill_tokens(std::move(tokens));
  if (!result.ok()) return result.error();
  previous_token_ = last;
  return Error::Ok;
}

executorch::runtime::Result<TextLLMSession::DecodeResult>
TextLLMSession::decode_one(const SamplingConfig& sampling) {
  const Error error =
      runner_->generate("", one_token(sampling, runner_->position()));
  if (error != Error::Ok) return error;
  if (runner_->generated_tokens().empty()) return Error::EndOfMethod;
  DecodeResult result;
  result.token_id = runner_->generated_tokens().front();
  result.is_eos = runner_->finish_reason() == FinishReason::Eos;
  const auto text =
      runner_->tokenizer()->decode(previous_token_, result.token_id);
  if (text.ok()) result.text_piece = *text;
  previous_token_ = result.token_id;
  return result;
}

Error TextLLMSession::seek(int64_t position) {
  previous_token_ = tokenizers::Tokenizer::kNoToken;
  return runner_->seek(position);
}

int64_t TextLLMSession::position() const { return runner_->position(); }

Error TextLLMSession::reset() {
  previous_token_ = tokenizers::Tokenizer::kNoToken;
  runner_->reset();
  return Error::Ok;
}

void TextLLMSession::stop() { runner_->stop(); }

}  // namespace etllm::runner
