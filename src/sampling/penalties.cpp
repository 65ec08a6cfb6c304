#include "sampling/penalties.h"

#include <algorithm>

namespace etllm::sampling {
namespace {

// Far above every vocabulary; a larger id cannot have a logit.
constexpr std::uint64_t kMaxTokens = std::uint64_t{1} << 24;

}  // namespace

void TokenHistory::clear() {
  entries_.clear();
  std::fill(index_.begin(), index_.end(), 0);
}

void TokenHistory::add_context(std::uint64_t token) {
  if (token < kMaxTokens) find_or_add(token);
}

void TokenHistory::add_generated(std::uint64_t token) {
  if (token < kMaxTokens) ++find_or_add(token).generated;
}

TokenHistory::Entry& TokenHistory::find_or_add(std::uint64_t token) {
  if (token >= index_.size()) index_.resize(token + 1);
  if (index_[token] == 0) {
    entries_.push_back({token, 0});
    index_[token] = static_cast<std::uint32_t>(entries_.size());
  }
  return entries_[index_[token] - 1];
}

void apply_penalties(const SamplingParams& params, const TokenHistory& history,
                     std::span<float> logits) {
  for (const TokenHistory::Entry& entry : history.entries()) {
    if (entry.token >= logits.size()) continue;
    float& logit = logits[entry.token];
    logit = logit > 0.0f ? logit / params.repetition_penalty
                         : logit * params.repetition_penalty;
    if (entry.generated == 0) continue;
    logit -= params.presence_penalty +
             params.frequency_penalty * static_cast<float>(entry.generated);
  }
}

}  // namespace etllm::sampling
