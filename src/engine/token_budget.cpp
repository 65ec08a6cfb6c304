#include "engine/token_budget.h"

#include <algorithm>
#include <string>

namespace etllm::engine {

Status validate(const TokenLimits& limits) {
  if (limits.max_new_tokens < -1) {
    return invalid_argument("the number of new tokens is " +
                            std::to_string(limits.max_new_tokens) +
                            "; use -1 for no limit, or a number from 0 on");
  }
  if (limits.seq_len < -1) {
    return invalid_argument("seq_len is " + std::to_string(limits.seq_len) +
                            "; use -1 for the model's context length, or a "
                            "number from 0 on");
  }
  return {};
}

std::int64_t remaining_tokens(const TokenLimits& limits,
                              std::int64_t max_context_len,
                              std::int64_t occupied) {
  std::int64_t end = max_context_len;
  if (limits.seq_len >= 0) end = std::min(end, limits.seq_len);
  std::int64_t remaining = end - occupied;
  if (limits.max_new_tokens >= 0) {
    remaining = std::min(remaining, limits.max_new_tokens);
  }
  return std::max<std::int64_t>(remaining, 0);
}

Status check_prompt_fits(std::int64_t prompt, std::int64_t occupied,
                         std::int64_t max_context_len, bool wants_answer) {
  const std::int64_t reserved = wants_answer ? 1 : 0;
  const std::int64_t room = max_context_len - occupied - reserved;
  if (prompt <= room) return {};
  if (prompt == 0) {
    return invalid_argument("the conversation fills the model's context of " +
                            std::to_string(max_context_len) +
                            " tokens; start a new one with reset(), or import "
                            "the model with a longer context");
  }
  std::string sentence = "the prompt has " + std::to_string(prompt) +
                         " tokens, but there is room for " +
                         std::to_string(std::max<std::int64_t>(room, 0));
  sentence += occupied > 0
                  ? " (the conversation holds " + std::to_string(occupied) +
                        " of " + std::to_string(max_context_len) +
                        "); start a new conversation, "
                  : " (the model's context has " +
                        std::to_string(max_context_len) + " tokens); ";
  return invalid_argument(
      sentence +
      "shorten the prompt, or import the model with a longer context");
}

}  // namespace etllm::engine
