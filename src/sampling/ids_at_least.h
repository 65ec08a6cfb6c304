#pragma once

// Ids by the value they have, without looking at the values one by one.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/dispatch/select.h"

namespace etllm::sampling {

/// Calls `visit(id)` for the ids whose value reaches `threshold`, in ascending
/// order, until it returns false. `visit` may raise the threshold, which then
/// holds from some later id on.
template <typename Visit>
void for_ids_at_least(std::span<const float> values, const float& threshold,
                      Visit visit) {
  const auto find = kernels::active_kernels().find_at_least;
  std::array<std::int32_t, 512> ids;
  for (std::size_t begin = 0; begin < values.size(); begin += ids.size()) {
    const std::size_t size = std::min(ids.size(), values.size() - begin);
    const std::size_t count =
        find(values.data() + begin, size, threshold, ids.data());
    for (std::size_t i = 0; i < count; ++i) {
      if (!visit(static_cast<std::int32_t>(begin) + ids[i])) return;
    }
  }
}

}  // namespace etllm::sampling
