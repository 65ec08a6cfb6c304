#pragma once

// The one loop that generates, whatever the model and whoever calls.

#include <atomic>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/status.h"
#include "engine/answer_text.h"

namespace etllm::engine {

/// Gives the next token of the conversation: the first one after the prompt at
/// first, then each one after the last.
class TokenSource {
 public:
  virtual ~TokenSource() = default;
  virtual Result<std::uint64_t> next() = 0;
};

/// What ends an answer.
struct GenerationRequest {
  std::int64_t max_new_tokens = 0;
  /// How many tokens of `eos_ids` end the answer; 0 counts as 1.
  int num_eos = 1;
  bool ignore_eos = false;
  float temperature = 0.0f;
  std::vector<std::string> stop;
  TextCallback on_text;
};

enum class EndReason { kEos, kStopString, kLength, kStopped, kFailed };

struct GenerationOutcome {
  /// Every selected token, EOS included.
  std::vector<std::uint64_t> tokens;
  EndReason end = EndReason::kFailed;
};

/// Takes tokens from `source` and delivers their text until the request, an
/// EOS, a stop string or `stop_requested` ends it. EOS tokens have no text
/// unless they are ignored. `outcome` comes without tokens, and is right even
/// when an error is returned.
Status run_generation(const GenerationRequest& request,
                      const std::unordered_set<std::uint64_t>& eos_ids,
                      const std::atomic<bool>& stop_requested,
                      TokenSource& source, AnswerText& text,
                      GenerationOutcome& outcome);

}  // namespace etllm::engine
