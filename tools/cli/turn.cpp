#include "cli/turn.h"

#include <utility>

namespace etllm::cli {
namespace {

namespace llm = executorch::extension::llm;

constexpr const char* kMessageStart = "<|im_start|>";
constexpr const char* kMessageEnd = "<|im_end|>";

bool knows_chatml(const tokenizers::Tokenizer& tokenizer) {
  return tokenizer.piece_to_id(kMessageStart).ok() &&
         tokenizer.piece_to_id(kMessageEnd).ok();
}

Result<chat::ChatTemplate> template_of(const LoadedModel& model) {
  if (!model.chat_template.empty()) {
    return chat::ChatTemplate::parse(model.chat_template, model.path);
  }
  return knows_chatml(*model.runner->tokenizer())
             ? chat::ChatTemplate::builtin_chatml()
             : chat::ChatTemplate::builtin_plain();
}

std::optional<std::string> text_or_nothing(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

/// Tells the conversation what the model said and now has in its cache.
void record(const llm::TextLLMRunner& runner, const Answer& answer,
            chat::Conversation& conversation) {
  const auto& tokens = runner.generated_tokens();
  std::string end_text;
  if (answer.finish_reason == llm::FinishReason::Eos && !tokens.empty()) {
    end_text = piece_of(*runner.tokenizer(), tokens.back());
  }
  conversation.add_reply(answer.text, end_text);
  // A stop string was cut from the text, and a prompt that was interrupted
  // never got into the cache.
  const bool is_cache_known =
      answer.finish_reason != llm::FinishReason::StopString && !tokens.empty();
  if (!is_cache_known) conversation.forget_cache();
}

}  // namespace

bool has_chat_format(const LoadedModel& model) {
  return !model.chat_template.empty() ||
         knows_chatml(*model.runner->tokenizer());
}

Result<chat::Conversation> start_conversation(const LoadedModel& model,
                                              const std::string& system) {
  Result<chat::ChatTemplate> chat_template = template_of(model);
  if (!chat_template.ok()) return chat_template.status();
  chat::ConversationOptions options;
  options.system_prompt = system;
  options.bos_token = text_or_nothing(model.bos_token);
  options.eos_token = text_or_nothing(model.eos_token);
  return chat::Conversation(*std::move(chat_template), std::move(options));
}

Result<Answer> ask(const LoadedModel& model, chat::Conversation& conversation,
                   const std::string& question, const RunOptions& options,
                   InterruptWatcher& interrupts) {
  const chat::Conversation before = conversation;
  conversation.add(chat::ChatMessage{"user", question});
  const Result<chat::Prompt> prompt = conversation.next_prompt();
  if (!prompt.ok()) {
    conversation = before;
    return prompt.status();
  }
  if (prompt->reset_cache) model.runner->reset();

  llm::GenerationConfig config = generation_config(model, options);
  // A model's own template writes the BOS token where it wants one.
  if (!model.chat_template.empty()) config.num_bos = 0;
  Result<Answer> answer =
      stream_answer(*model.runner, prompt->text, config, interrupts);
  if (answer.ok()) {
    record(*model.runner, *answer, conversation);
  } else {
    conversation = before;
    conversation.forget_cache();
  }
  return answer;
}

}  // namespace etllm::cli
