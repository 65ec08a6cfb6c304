#pragma once

// The state of one conversation, apart from the cache inside the model.

#include <cstdint>
#include <optional>
#include <vector>

namespace etllm::engine {

/// A plain value; whoever executes the model keeps it true.
struct Session {
  /// Every token of the conversation, in order.
  std::vector<std::uint64_t> tokens;
  /// Where the next token that the model reads goes.
  std::int64_t position = 0;
  /// The last token was selected, but the model has not read it yet.
  bool has_unread_token = false;
  /// What the model expects next, when a prefill was the last to run.
  std::optional<std::uint64_t> predicted_token;
  /// Tokens of prompts that no generation has answered yet.
  std::int64_t unanswered_tokens = 0;
  /// An execution failed: what the cache holds is unknown.
  bool is_poisoned = false;

  /// Makes the model read the last token once more, which gives the logits
  /// after it when they are gone. Requires a token that has been read.
  void unread_last_token() {
    --position;
    has_unread_token = true;
    predicted_token.reset();
  }
};

}  // namespace etllm::engine
