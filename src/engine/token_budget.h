#pragma once

// How many tokens a turn may add to a conversation.

#include <cstdint>

#include "base/status.h"

namespace etllm::engine {

/// What a turn asks for; -1 is no limit.
struct TokenLimits {
  std::int64_t max_new_tokens = -1;
  std::int64_t seq_len = -1;  ///< Of the whole conversation.
};

/// kInvalidArgument when a limit is below -1.
Status validate(const TokenLimits& limits);

/// The smallest of what the limits and the context leave after `occupied`
/// tokens; never below 0. Requires valid limits.
std::int64_t remaining_tokens(const TokenLimits& limits,
                              std::int64_t max_context_len,
                              std::int64_t occupied);

/// Whether a prompt of `prompt` tokens fits after `occupied` ones, with room
/// for at least one more when `wants_answer`. kInvalidArgument with the
/// numbers and a remedy when it does not.
Status check_prompt_fits(std::int64_t prompt, std::int64_t occupied,
                         std::int64_t max_context_len, bool wants_answer);

}  // namespace etllm::engine
