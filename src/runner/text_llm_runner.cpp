#include <executorch/extension/llm/runner/text_llm_runner.h>
#include <executorch/extension/llm/runner/util.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/decode_context.h"
#include "engine/token_budget.h"
#include "runner/generation_config.h"
#include "runner/stop_scope.h"
#include "runner/text_llm_runner_state.h"

namespace executorch::extension::llm {

using ::etllm::engine::GenerationOutcome;
using ::etllm::engine::GenerationRequest;
using ::etllm::engine::Session;
using ::etllm::runner::StopScope;
using ::executorch::runtime::Error;
using ::executorch::runtime::Result;

namespace {

int8_t clamp_count(int32_t count) {
  return static_cast<int8_t>(
      std::clamp<int32_t>(count, 0, std::numeric_limits<int8_t>::max()));
}

}  // namespace

Error TextLLMRunner::generate(
    const std::string& prompt, const GenerationConfig& config,
    std::function<void(const std::string&)> token_callback,
    std::function<void(const Stats&)> stats_callback) {
  const StopScope scope(text_decoder_runner_->context());
  state_->error_message.clear();
  state_->prompt_tokens.clear();
  state_->generated_tokens.clear();
  state_->finish_reason = FinishReason::Failed;
  const Error loaded = load();
  if (loaded != Error::Ok) return loaded;

  if (config.warming) token_callback = nullptr;
  Turn turn{prompt, config, token_callback, {}, 0};
  stats_->reset(/*keep_load_times=*/true);
  stats_->inference_start_ms = time_in_ms();
  const Error error = run_turn(turn);
  stats_->inference_end_ms = time_in_ms();
  if (error != Error::Ok) return error;
  if (stats_callback && !config.warming) stats_callback(*stats_);
  return Error::Ok;
}

Error TextLLMRunner::run_turn(Turn& turn) {
  Error error = plan_turn(turn);
  if (error != Error::Ok) return error;
  if (text_decoder_runner_->context().stop_requested.load()) {
    state_->finish_reason = FinishReason::Stopped;
    return Error::Ok;
  }
  if (turn.config.echo && turn.on_text && !turn.prompt.empty()) {
    turn.on_text(turn.prompt);
  }
  Session before = state_->session;
  error = read_prompt(turn);
  if (error == Error::Ok) error = generate_answer(turn);
  const bool is_stopped = text_decoder_runner_->context().stop_requested.load();
  if (error == Error::EndOfMethod && is_stopped) {
    error = Error::Ok;
    state_->finish_reason = FinishReason::Stopped;
  }
  if (error == Error::Ok && state_->generated_tokens.empty() &&
      state_->finish_reason == FinishReason::Stopped) {
    // Nobody has seen an answer to this prompt.
    withdraw_prompt(std::move(before));
  }
  return error;
}

Error TextLLMRunner::plan_turn(Turn& turn) {
  Error error = check_ready();
  if (error != Error::Ok) return error;
  const ::etllm::Status valid =
      ::etllm::runner::validate(turn.config, temperature_);
  if (!valid.ok()) {
    return fail(::etllm::runner::to_error(valid.code()), valid.message());
  }
  const Session& session = state_->session;
  if (turn.prompt.empty()) {
    if (session.tokens.empty()) {
      return fail(Error::InvalidState,
                  "the prompt is empty, and there is no earlier prompt to "
                  "answer; give a prompt, or call prefill() first");
    }
  } else {
    auto tokens = encode(turn.prompt, turn.config.num_bos, 0);
    if (!tokens.ok()) return tokens.error();
    turn.prompt_tokens = std::move(*tokens);
  }
  stats_->token_encode_end_ms = time_in_ms();
  const auto occupied = static_cast<int64_t>(session.tokens.size());
  const auto added = static_cast<int64_t>(turn.prompt_tokens.size());
  const bool wants_answer = turn.config.max_new_tokens != 0;
  const ::etllm::Status fits = ::etllm::engine::check_prompt_fits(
      added, occupied, wants_answer ? max_context_len() : max_readable_len(),
      wants_answer);
  if (!fits.ok()) return fail(Error::InvalidArgument, fits.message());
  turn.max_new_tokens =
      turn.config.resolve_max_new_tokens(max_context_len(), occupied + added);
  if (wants_answer && turn.max_new_tokens == 0) {
    return fail(Error::InvalidArgument,
                "the conversation has " + std::to_string(occupied + added) +
                    " tokens with this prompt, which leaves nothing of "
                    "seq_len " +
                    std::to_string(turn.config.seq_len) +
                    " for an answer; raise seq_len, or set it to -1");
  }
  return Error::Ok;
}

Error TextLLMRunner::read_prompt(Turn& turn) {
  auto& sampler = text_decoder_runner_->context().sampler;
  const auto params =
      ::etllm::runner::sampling_params(turn.config, temperature_);
  sampler.configure(params);
  stats_->model_execution_start_ms = time_in_ms();
  if (!turn.prompt_tokens.empty() || !can_go_on()) {
    const Error error = append_tokens(turn.prompt_tokens);
    if (error != Error::Ok) return error;
  }
  if (params.repetition_penalty != 1.0f) {
    for (const uint64_t token : state_->session.tokens) {
      sampler.history().add_context(token);
    }
  }
  stats_->model_execution_end_ms = time_in_ms();
  stats_->prompt_eval_end_ms = stats_->model_execution_end_ms;
  stats_->num_prompt_tokens = state_->session.unanswered_tokens;
  return Error::Ok;
}

void TextLLMRunner::withdraw_prompt(Session before) {
  if (state_->prompt_tokens.empty()) return;
  state_->prompt_tokens.clear();
  restore(std::move(before));
}

Error TextLLMRunner::generate_answer(Turn& turn) {
  const auto params =
      ::etllm::runner::sampling_params(turn.config, temperature_);
  GenerationRequest request;
  request.max_new_tokens = turn.max_new_tokens;
  request.num_eos = +turn.config.num_eos;  // a number, not a character
  request.ignore_eos = turn.config.ignore_eos;
  request.temperature = params.temperature;
  request.stop = turn.config.stop;
  request.on_text = turn.on_text;
  GenerationOutcome outcome;
  const Error error =
      text_token_generator_->run(state_->session, request, outcome);
  stats_->num_generated_tokens = static_cast<int64_t>(outcome.tokens.size());
  state_->generated_tokens = std::move(outcome.tokens);
  if (!state_->generated_tokens.empty()) state_->session.unanswered_tokens = 0;
  state_->finish_reason = ::etllm::runner::finish_reason(outcome.end);
  if (error == Error::Ok) return Error::Ok;
  return fail(error,
              failure_sentence("the answer could not be completed", error));
}

std::string TextLLMRunner::failure_sentence(const char* what,
                                            Error error) const {
  const std::string& detail = text_decoder_runner_->context().failure;
  std::string sentence =
      std::string(what) + " (" +
      (detail.empty() ? ::executorch::runtime::to_string(error) : detail) + ")";
  if (state_->session.is_poisoned) {
    sentence += "; the conversation is lost, start a new one with reset()";
  }
  return sentence;
}

Result<std::vector<uint64_t>> TextLLMRunner::encode(const std::string& text,
                                                    int32_t num_bos,
                                                    int32_t num_eos) {
  const int8_t bos =
      state_->session.tokens.empty() ? clamp_count(num_bos) : int8_t{0};
  auto tokens = tokenizer_->encode(text, bos, clamp_count(num_eos));
  if (tokens.ok() && bos > 0) {
    const auto is_bos = [this](uint64_t token) {
      return token == tokenizer_->bos_tok();
    };
    const auto end = std::find_if_not(tokens->begin(), tokens->end(), is_bos);
    // More than was asked for: the text begins with one already.
    if (end - tokens->begin() > bos) {
      tokens = tokenizer_->encode(text, 0, clamp_count(num_eos));
    }
  }
  if (!tokens.ok()) {
    return fail(Error::InvalidArgument,
                "the tokenizer cannot encode the prompt (tokenizer error " +
                    std::to_string(static_cast<int>(tokens.error())) + ")");
  }
  if (tokens->empty()) {
    return fail(Error::InvalidArgument,
                "the prompt gives no tokens; give a longer one");
  }
  const Error known = check_vocabulary(*tokens);
  if (known != Error::Ok) return known;
  return std::move(*tokens);
}

Error TextLLMRunner::check_vocabulary(const std::vector<uint64_t>& tokens) {
  const int64_t vocab_size = state_->metadata->vocab_size;
  if (vocab_size == 0) return Error::Ok;
  for (const uint64_t token : tokens) {
    if (token < static_cast<uint64_t>(vocab_size)) continue;
    return fail(Error::InvalidArgument,
                "the prompt has token " + std::to_string(token) +
                    ", but the model knows only " + std::to_string(vocab_size) +
                    " tokens; the tokenizer does not belong to this model");
  }
  return Error::Ok;
}

bool TextLLMRunner::can_go_on() const {
  const Session& session = state_->session;
  const auto& context = text_decoder_runner_->context();
  if (context.prefill_logits.has_value() || session.tokens.empty()) return true;
  const bool reads_last_again =
      !session.has_unread_token && !session.predicted_token.has_value();
  return context.ring_cache.holds(session.position -
                                  (reads_last_again ? 1 : 0));
}

Error TextLLMRunner::append_tokens(const std::vector<uint64_t>& tokens) {
  Session& session = state_->session;
  auto& context = text_decoder_runner_->context();
  // What is known already has to be read again when its logits are gone.
  const bool has_unread = session.has_unread_token || !tokens.empty();
  const bool goes_on = state_->metadata->use_kv_cache && has_unread &&
                       context.ring_cache.holds(session.position);
  const int64_t start = goes_on ? session.position : 0;
  int64_t position = start;
  std::vector<uint64_t> unread(
      session.tokens.begin() + static_cast<std::ptrdiff_t>(start),
      session.tokens.end());
  unread.insert(unread.end(), tokens.begin(), tokens.end());
  context.failure.clear();
  context.prefill_logits.reset();
  const Result<uint64_t> next = text_prefiller_->prefill(unread, position);
  context.ring_cache.add(start, position - start);
  if (!next.ok()) {
    if (next.error() == Error::EndOfMethod && context.stop_requested.load()) {
      return next.error();
    }
    session.is_poisoned = true;
    return fail(next.error(),
                failure_sentence("the prompt could not be read", next.error()));
  }
  session.tokens.insert(session.tokens.end(), tokens.begin(), tokens.end());
  session.position = static_cast<int64_t>(session.tokens.size());
  session.has_unread_token = false;
  session.predicted_token = *next;
  state_->prompt_tokens = tokens;
  state_->session.unanswered_tokens += static_cast<int64_t>(tokens.size());
  return Error::Ok;
}

}  // namespace executorch::extension::llm
