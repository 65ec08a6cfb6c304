#pragma once

// Lowers the logits of tokens that were there before.

#include <cstdint>
#include <span>
#include <vector>

#include "sampling/sampling_params.h"

namespace etllm::sampling {

/// Which tokens the conversation holds, and how often this answer has each.
class TokenHistory {
 public:
  /// Forgets everything.
  void clear();
  /// A token of the prompt or of an earlier turn.
  void add_context(std::uint64_t token);
  /// A token of this answer.
  void add_generated(std::uint64_t token);

  struct Entry {
    std::uint64_t token;
    std::uint32_t generated;  ///< How often this answer has it.
  };
  /// Each token once.
  std::span<const Entry> entries() const { return entries_; }

 private:
  Entry& find_or_add(std::uint64_t token);

  std::vector<Entry> entries_;
  // Token to index in entries_ plus one; 0 is unknown.
  std::vector<std::uint32_t> index_;
};

/// Applies the penalties of `params` to the logits of the tokens in `history`;
/// tokens beyond the logits are ignored.
void apply_penalties(const SamplingParams& params, const TokenHistory& history,
                     std::span<float> logits);

}  // namespace etllm::sampling
