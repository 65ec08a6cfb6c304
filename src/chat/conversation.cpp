#include "chat/conversation.h"

#include <utility>

namespace etllm::chat {

Conversation::Conversation(ChatTemplate chat_template,
                           ConversationOptions options)
    : chat_template_(std::move(chat_template)), options_(std::move(options)) {
  clear();
}

void Conversation::clear() {
  messages_ = nlohmann::ordered_json::array();
  cached_text_.reset();
  if (!options_.system_prompt.empty()) {
    add(ChatMessage{"system", options_.system_prompt});
  }
}

void Conversation::add(const ChatMessage& message) {
  add_object({{"role", message.role}, {"content", message.content}});
}

void Conversation::add_object(nlohmann::ordered_json message) {
  messages_.push_back(std::move(message));
}

Result<std::string> Conversation::full_prompt(
    bool add_generation_prompt) const {
  RenderInputs inputs;
  inputs.messages = messages_;
  inputs.tools = options_.tools;
  inputs.add_generation_prompt = add_generation_prompt;
  inputs.bos_token = options_.bos_token;
  inputs.eos_token = options_.eos_token;
  inputs.variables = options_.variables;
  inputs.now = options_.now;
  return chat_template_.render(inputs);
}

Result<Prompt> Conversation::next_prompt() {
  Result<std::string> full = full_prompt();
  if (!full.ok()) return full.status();
  Prompt prompt;
  prompt.reset_cache = !cached_text_ || !full->starts_with(*cached_text_);
  prompt.text = prompt.reset_cache ? *full : full->substr(cached_text_->size());
  cached_text_ = *std::move(full);
  return prompt;
}

void Conversation::add_reply(std::string_view reply,
                             std::string_view end_text) {
  add(ChatMessage{"assistant", std::string(reply)});
  if (!cached_text_) return;
  *cached_text_ += reply;
  *cached_text_ += end_text;
}

}  // namespace etllm::chat
