#pragma once

// The state of one chat: its messages, and which text the model has in its KV
// cache already. Each turn asks for the prompt, gives it to the model, and
// reports what the model answered.
//
//   Conversation chat(std::move(chat_template));
//   chat.add({"user", "Hello"});
//   Result<Prompt> prompt = chat.next_prompt();
//   if (prompt->reset_cache) runner.reset();
//   std::string reply = generate(prompt->text);
//   chat.add_reply(reply, "<|im_end|>");

#include <ctime>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "chat/chat_template.h"

namespace etllm::chat {

/// One message of a conversation.
struct ChatMessage {
  std::string role;  ///< `system`, `user`, `assistant`, `tool`, ...
  std::string content;
};

/// What stays the same over a whole conversation.
struct ConversationOptions {
  /// The first message, with the role `system`; none when empty.
  std::string system_prompt;
  /// Function descriptions as JSON schemas; null where there are none.
  nlohmann::ordered_json tools;
  std::optional<std::string> bos_token, eos_token;
  /// An object of further variables for the template.
  nlohmann::ordered_json variables = nlohmann::ordered_json::object();
  /// The date that the template may print. Fixed for the whole conversation:
  /// a prompt that changes at midnight would not fit the cache any more.
  std::optional<std::tm> now = local_time_now();
};

/// What to give to the model next.
struct Prompt {
  /// The text to append to what the model has; the whole prompt when
  /// `reset_cache` is true.
  std::string text;
  /// Whether the cache must be emptied before `text` is given to the model:
  /// at the start, and when the template renders earlier messages differently
  /// from what the model has seen (because it strips their thoughts, say).
  bool reset_cache = false;
};

/// Not thread-safe.
class Conversation {
 public:
  explicit Conversation(ChatTemplate chat_template,
                        ConversationOptions options = {});

  /// Appends a message. For the model's own answer use `add_reply`.
  void add(const ChatMessage& message);
  /// The same for messages with more fields (`tool_calls`, ...). Requires an
  /// object.
  void add_object(nlohmann::ordered_json message);

  /// The text of the whole conversation. Fails as `ChatTemplate::render` does.
  Result<std::string> full_prompt(bool add_generation_prompt = true) const;

  /// The text that leads the model to its next answer. Assumes that the
  /// caller gives it to the model. A failure changes nothing.
  Result<Prompt> next_prompt();

  /// Appends the answer to the last prompt. `reply` is exactly what the model
  /// generated, without the token that ended it; `end_text` is the text of
  /// that token when it is in the cache, and empty when it is not.
  void add_reply(std::string_view reply, std::string_view end_text = "");

  /// Tells that the cache is empty: the next prompt is a whole one.
  void forget_cache() { cached_text_.reset(); }

  /// Removes the messages after the system prompt.
  void clear();

  /// The messages as an array of objects, the system prompt included.
  const nlohmann::ordered_json& messages() const { return messages_; }
  const ChatTemplate& chat_template() const { return chat_template_; }

 private:
  ChatTemplate chat_template_;
  ConversationOptions options_;
  nlohmann::ordered_json messages_ = nlohmann::ordered_json::array();
  /// What the model has seen; nothing when its cache is empty.
  std::optional<std::string> cached_text_;
};

}  // namespace etllm::chat
