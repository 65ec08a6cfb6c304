// Everything of TextLLMRunner but generate(): construction, loading, prefill,
// and the state of the conversation.

#include <executorch/extension/llm/runner/text_llm_runner.h>
#include <executorch/extension/llm/runner/util.h>
#include <executorch/runtime/platform/log.h>

#include <algorithm>
#include <utility>

#include "engine/decode_context.h"
#include "engine/token_budget.h"
#include "operators/register.h"
#include "runner/generation_config.h"
#include "runner/load_failure.h"
#include "runner/stop_scope.h"
#include "runner/text_llm_runner_state.h"

namespace executorch::extension::llm {

using ::etllm::engine::Session;
using ::etllm::runner::StopScope;
using ::executorch::runtime::Error;
using ::executorch::runtime::Result;

TextLLMRunner::TextLLMRunner(
    const std::unordered_map<std::string, int64_t>& metadata,
    std::unique_ptr<::tokenizers::Tokenizer> tokenizer,
    std::unique_ptr<::executorch::extension::Module> module,
    std::unique_ptr<TextDecoderRunner> text_decoder_runner,
    std::unique_ptr<TextPrefiller> text_prefiller,
    std::unique_ptr<IOManager> io_manager,
    std::unique_ptr<TextTokenGenerator> text_token_generator,
    std::unique_ptr<Stats> stats, float temperature,
    std::unique_ptr<TextDecoderRunner> prefill_decoder_runner)
    : stats_(std::move(stats)),
      tokenizer_(std::move(tokenizer)),
      module_(std::move(module)),
      io_manager_(std::move(io_manager)),
      text_decoder_runner_(std::move(text_decoder_runner)),
      prefill_decoder_runner_(std::move(prefill_decoder_runner)),
      text_prefiller_(std::move(text_prefiller)),
      text_token_generator_(std::move(text_token_generator)),
      temperature_(temperature),
      state_(std::make_unique<State>(metadata)) {
  if (stats_ == nullptr) stats_ = std::make_unique<Stats>();
  text_decoder_runner_->use_stats(stats_.get());
  if (prefill_decoder_runner_ != nullptr) {
    prefill_decoder_runner_->share_context_with(*text_decoder_runner_);
    prefill_decoder_runner_->use_stats(stats_.get());
  }
}

TextLLMRunner::~TextLLMRunner() = default;

bool TextLLMRunner::is_loaded() const {
  return tokenizer_ != nullptr && text_prefiller_->is_loaded() &&
         text_token_generator_->is_loaded() && state_->is_io_manager_loaded;
}

Error TextLLMRunner::load() {
  if (is_loaded()) return Error::Ok;
  state_->error_message.clear();
  stats_->model_load_start_ms = time_in_ms();
  Error error = check_parts();
  if (error == Error::Ok) error = load_parts();
  stats_->model_load_end_ms = time_in_ms();
  return error;
}

Error TextLLMRunner::check_parts() {
  if (tokenizer_ == nullptr) {
    return fail(Error::InvalidArgument,
                "there is no tokenizer; load one with load_tokenizer()");
  }
  if (!tokenizer_->is_loaded()) {
    return fail(Error::InvalidState,
                "the tokenizer is not loaded; call its load() first");
  }
  return Error::Ok;
}

Error TextLLMRunner::load_parts() {
  ::etllm::operators::register_operators();
  text_decoder_runner_->context().failure.clear();
  if (state_->metadata.ok()) {
    text_decoder_runner_->context().ring_cache.configure(
        state_->metadata->ring_len, state_->metadata->max_seq_len);
  }
  const std::string& decode_method = text_decoder_runner_->method_name();
  const std::string& prefill_method = prefill_method_name();
  const std::string* method = &prefill_method;
  Error error = text_prefiller_->load();
  if (error == Error::Ok) {
    method = &decode_method;
    error = text_token_generator_->load();
  }
  if (error != Error::Ok) {
    return fail(error, ::etllm::runner::describe_load_failure(
                           state_->model_name, *method, error,
                           text_decoder_runner_->context().failure));
  }
  if (io_manager_ != nullptr) {
    error = io_manager_->load(prefill_method, decode_method);
    state_->is_io_manager_loaded = error == Error::Ok;
    if (error != Error::Ok) {
      return fail(error, "the IO manager does not load with this model");
    }
  }
  return Error::Ok;
}

const std::string& TextLLMRunner::prefill_method_name() const {
  return prefill_decoder_runner_ == nullptr
             ? text_decoder_runner_->method_name()
             : prefill_decoder_runner_->method_name();
}

Error TextLLMRunner::check_ready() {
  if (!state_->metadata.ok()) {
    return fail(Error::InvalidProgram, state_->metadata.status().message());
  }
  if (state_->session.is_poisoned) {
    return fail(Error::InvalidState,
                "an earlier call failed inside the model, so this "
                "conversation is lost; start a new one with reset()");
  }
  return Error::Ok;
}

Error TextLLMRunner::fail(Error error, const std::string& sentence) {
  state_->error_message = sentence;
  ET_LOG(Error, "%s", sentence.c_str());
  return error;
}

Result<uint64_t> TextLLMRunner::prefill(
    const std::vector<MultimodalInput>& inputs, int32_t num_bos,
    int32_t num_eos) {
  const StopScope scope(text_decoder_runner_->context());
  state_->error_message.clear();
  state_->prompt_tokens.clear();
  Error ready = load();
  if (ready == Error::Ok) ready = check_ready();
  if (ready != Error::Ok) return ready;
  std::vector<uint64_t> tokens;
  for (const MultimodalInput& input : inputs) {
    if (const auto* ids = input.try_get_tokens()) {
      tokens.insert(tokens.end(), ids->begin(), ids->end());
      continue;
    }
    const std::string* text = input.try_get_text();
    if (text == nullptr) {
      return fail(Error::NotSupported,
                  "a text model reads text and tokens only");
    }
    if (text->empty()) continue;
    const auto encoded = encode(*text, tokens.empty() ? num_bos : 0, num_eos);
    if (!encoded.ok()) return encoded.error();
    tokens.insert(tokens.end(), encoded->begin(), encoded->end());
  }
  return prefill_all(tokens);
}

Result<uint64_t> TextLLMRunner::prefill(const std::string& prompt,
                                        int32_t num_bos, int32_t num_eos) {
  return prefill(std::vector<MultimodalInput>{make_text_input(prompt)}, num_bos,
                 num_eos);
}

Result<uint64_t> TextLLMRunner::prefill(const std::string& prompt,
                                        const GenerationConfig& config) {
  return prefill(prompt, config.num_bos, 0);
}

Result<uint64_t> TextLLMRunner::prefill_tokens(std::vector<uint64_t> tokens) {
  return prefill(
      std::vector<MultimodalInput>{make_token_input(std::move(tokens))});
}

Result<uint64_t> TextLLMRunner::prefill_all(
    const std::vector<uint64_t>& tokens) {
  if (tokens.empty()) {
    return fail(Error::InvalidArgument,
                "the prompt is empty; give at least one token to read");
  }
  const Error known = check_vocabulary(tokens);
  if (known != Error::Ok) return known;
  Session before = state_->session;
  const ::etllm::Status fits = ::etllm::engine::check_prompt_fits(
      static_cast<int64_t>(tokens.size()),
      static_cast<int64_t>(before.tokens.size()), max_readable_len(),
      /*wants_answer=*/false);
  if (!fits.ok()) return fail(Error::InvalidArgument, fits.message());
  auto& context = text_decoder_runner_->context();
  context.sampler.configure({});
  const Error error = context.stop_requested.load() ? Error::EndOfMethod
                                                    : append_tokens(tokens);
  if (error == Error::Ok) return *state_->session.predicted_token;
  if (error == Error::EndOfMethod && context.stop_requested.load()) {
    restore(std::move(before));
    state_->error_message = "stop() ended the prefill";
  }
  return error;
}

void TextLLMRunner::restore(Session before) {
  const bool is_poisoned = state_->session.is_poisoned;
  state_->session = std::move(before);
  state_->session.is_poisoned = is_poisoned;
  // What was expected next belongs to logits that are gone.
  state_->session.predicted_token.reset();
  text_decoder_runner_->context().prefill_logits.reset();
}

Error TextLLMRunner::warmup(const std::string& prompt, int32_t max_new_tokens) {
  Session before = state_->session;
  GenerationConfig config;
  config.max_new_tokens = max_new_tokens;
  config.warming = true;
  config.seq_len = -1;
  const Error error = generate(prompt, config);
  restore(std::move(before));
  state_->prompt_tokens.clear();
  state_->generated_tokens.clear();
  state_->finish_reason = FinishReason::None;
  stats_->reset(/*keep_load_times=*/true);
  return error;
}

void TextLLMRunner::stop() { text_decoder_runner_->stop(); }

void TextLLMRunner::reset() {
  text_decoder_runner_->context().stop_requested.store(false);
  state_->session = {};
  state_->error_message.clear();
  text_decoder_runner_->reset();
  if (prefill_decoder_runner_ != nullptr) prefill_decoder_runner_->reset();
  if (io_manager_ == nullptr) return;
  const Error error = io_manager_->reset(prefill_method_name(),
                                         text_decoder_runner_->method_name());
  if (error != Error::Ok) fail(error, "the IO manager could not be reset");
}

int64_t TextLLMRunner::position() const { return state_->session.position; }

Error TextLLMRunner::seek(int64_t position) {
  state_->error_message.clear();
  const Error ready = check_ready();
  if (ready != Error::Ok) return ready;
  Session& session = state_->session;
  if (position < 0 || position > session.position) {
    return fail(Error::InvalidArgument,
                "position " + std::to_string(position) +
                    " is not in the conversation, which the model has read up "
                    "to position " +
                    std::to_string(session.position));
  }
  session.tokens.resize(static_cast<size_t>(position));
  session.position = position;
  session.has_unread_token = false;
  session.predicted_token.reset();
  session.unanswered_tokens = 0;
  text_decoder_runner_->context().prefill_logits.reset();
  return Error::Ok;
}

FinishReason TextLLMRunner::finish_reason() const {
  return state_->finish_reason;
}

const std::vector<uint64_t>& TextLLMRunner::prompt_tokens() const {
  return state_->prompt_tokens;
}

const std::vector<uint64_t>& TextLLMRunner::generated_tokens() const {
  return state_->generated_tokens;
}

const std::string& TextLLMRunner::error_message() const {
  return state_->error_message;
}

void TextLLMRunner::set_model_name(std::string name) {
  state_->model_name = std::move(name);
}

int64_t TextLLMRunner::max_context_len() const {
  if (!state_->metadata.ok()) return 0;
  const int64_t context = state_->metadata->max_context_len;
  if (state_->metadata->use_kv_cache) return context;
  // One call reads the whole conversation but for its last token.
  const int64_t call = text_decoder_runner_->max_input_tokens();
  return call > 0 ? std::min(context, call + 1) : context;
}

int64_t TextLLMRunner::max_readable_len() const {
  const int64_t context = max_context_len();
  if (context == 0 || state_->metadata->use_kv_cache) return context;
  int64_t call = text_decoder_runner_->max_input_tokens();
  if (call <= 0) call = state_->metadata->max_seq_len;
  return std::min(context, call);
}

}  // namespace executorch::extension::llm
