#include "engine/generation_loop.h"

#include <algorithm>

namespace etllm::engine {
namespace {

/// Selects and delivers tokens; the reason for the end goes into `outcome`.
Status generate_tokens(const GenerationRequest& request,
                       const std::unordered_set<std::uint64_t>& eos_ids,
                       const std::atomic<bool>& stop_requested,
                       TokenSource& source, AnswerText& text,
                       GenerationOutcome& outcome) {
  const int num_eos = std::max(request.num_eos, 1);
  int eos_seen = 0;
  while (std::ssize(outcome.tokens) < request.max_new_tokens) {
    if (stop_requested.load()) {
      outcome.end = EndReason::kStopped;
      return {};
    }
    const Result<std::uint64_t> token = source.next();
    if (!token.ok()) return token.status();
    outcome.tokens.push_back(*token);
    if (!request.ignore_eos && eos_ids.contains(*token)) {
      if (++eos_seen < num_eos) continue;
      outcome.end = EndReason::kEos;
      return {};
    }
    Status status = text.append(*token);
    if (!status.ok()) return status;
    if (text.stopped()) {
      outcome.end = EndReason::kStopString;
      return {};
    }
  }
  outcome.end = EndReason::kLength;
  return {};
}

}  // namespace

Status run_generation(const GenerationRequest& request,
                      const std::unordered_set<std::uint64_t>& eos_ids,
                      const std::atomic<bool>& stop_requested,
                      TokenSource& source, AnswerText& text,
                      GenerationOutcome& outcome) {
  Status status =
      generate_tokens(request, eos_ids, stop_requested, source, text, outcome);
  text.finish();
  return status;
}

}  // namespace etllm::engine
