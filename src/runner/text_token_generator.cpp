#include <executorch/extension/llm/runner/text_token_generator.h>
#include <executorch/runtime/platform/log.h>

#include <utility>

#include "engine/answer_text.h"
#include "engine/decode_context.h"
#include "engine/generation_loop.h"
#include "engine/session.h"
#include "runner/decoder_token_source.h"
#include "runner/stop_scope.h"

namespace executorch::extension::llm {

using ::etllm::engine::AnswerText;
using ::etllm::engine::GenerationOutcome;
using ::etllm::engine::GenerationRequest;
using ::etllm::engine::Session;
using ::etllm::runner::DecoderTokenSource;
using ::executorch::runtime::Error;
using ::executorch::runtime::Result;

TextTokenGenerator::TextTokenGenerator(
    ::tokenizers::Tokenizer* tokenizer, TextDecoderRunner* text_decoder_runner,
    bool use_kv_cache, std::unique_ptr<std::unordered_set<uint64_t>>&& eos_ids,
    Stats* stats)
    : tokenizer_(tokenizer),
      text_decoder_runner_(text_decoder_runner),
      use_kv_cache_(use_kv_cache),
      eos_ids_(std::move(eos_ids)),
      stats_(stats) {
  if (eos_ids_ == nullptr) {
    eos_ids_ = std::make_unique<std::unordered_set<uint64_t>>();
  }
  if (text_decoder_runner_ != nullptr) text_decoder_runner_->use_stats(stats);
}

TextTokenGenerator::~TextTokenGenerator() = default;

void TextTokenGenerator::add_logit_processor(
    std::shared_ptr<LogitProcessor> processor) {
  if (processor != nullptr) logit_processors_.push_back(std::move(processor));
}

Result<int64_t> TextTokenGenerator::generate(
    std::vector<uint64_t> tokens, int64_t start_pos, int32_t max_new_tokens,
    float temperature,
    const std::function<void(const std::string&)>& token_callback) {
  if (tokens.empty() || start_pos < 0) return Error::InvalidArgument;
  if (tokenizer_ == nullptr) return Error::InvalidState;
  ::etllm::runner::StopScope scope(text_decoder_runner_->context());
  Session session;
  session.tokens = std::move(tokens);
  session.position = start_pos;
  session.has_unread_token = true;
  GenerationRequest request;
  request.max_new_tokens = max_new_tokens;
  request.temperature = temperature;
  request.on_text = token_callback;
  GenerationOutcome outcome;
  const Error error = run(session, request, outcome);
  if (error != Error::Ok) {
    ET_LOG(Error, "%s", text_decoder_runner_->context().failure.c_str());
    return error;
  }
  return static_cast<int64_t>(outcome.tokens.size());
}

Error TextTokenGenerator::run(Session& session,
                              const GenerationRequest& request,
                              GenerationOutcome& outcome) {
  auto& context = text_decoder_runner_->context();
  context.failure.clear();
  // Growing inside the loop would cost an allocation now and then.
  outcome.tokens.reserve(static_cast<size_t>(
      std::clamp<int64_t>(request.max_new_tokens, 0, 4096)));
  GenerationRequest effective = request;
  effective.ignore_eos = request.ignore_eos || ignore_eos_;
  DecoderTokenSource source({*text_decoder_runner_, logit_processors_, stats_,
                             use_kv_cache_, request.temperature},
                            session);
  AnswerText text(*tokenizer_,
                  session.tokens.empty() ? 0 : session.tokens.back(),
                  request.stop, request.on_text);
  const ::etllm::Status status = ::etllm::engine::run_generation(
      effective, *eos_ids_, context.stop_requested, source, text, outcome);
  if (status.ok()) return Error::Ok;
  context.failure = status.message();
  return source.error() != Error::Ok ? source.error() : Error::InvalidState;
}

void TextTokenGenerator::stop() { text_decoder_runner_->stop(); }

Error TextTokenGenerator::load() { return text_decoder_runner_->load(); }

bool TextTokenGenerator::is_loaded() const {
  return tokenizer_ != nullptr && tokenizer_->is_loaded() &&
         text_decoder_runner_->is_method_loaded();
}

}  // namespace executorch::extension::llm
