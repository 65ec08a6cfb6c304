#pragma once

// Ids by the logit they have, without looking at the logits one by one.

#include <array>
#include <cstddef>
#include <cstdint>

#include "kernels/dispatch/select.h"
#include "sampling/logits_blocks.h"

namespace etllm::sampling {

/// Calls `visit(id)` for the ids whose logit reaches `threshold`, in ascending
/// order, until it returns false. `visit` may raise the threshold, which then
/// holds from some later id on.
template <typename Visit>
void for_ids_at_least(const LogitsBlocks& blocks, const float& threshold,
                      Visit visit) {
  const auto find = kernels::active_kernels().find_at_least;
  std::array<std::int32_t, LogitsBlocks::kBlock> ids;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (blocks.maximum_of(i) < threshold) continue;
    const auto logits = blocks.block(i);
    const std::size_t count =
        find(logits.data(), logits.size(), threshold, ids.data());
    const auto first = static_cast<std::int32_t>(i * LogitsBlocks::kBlock);
    for (std::size_t j = 0; j < count; ++j) {
      if (!visit(first + ids[j])) return;
    }
  }
}

}  // namespace etllm::sampling
