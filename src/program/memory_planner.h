#pragma once

// Gives buffers that are alive at different times the same memory. A pure
// function over plain numbers: it knows nothing about programs.
//
//   std::optional<MemoryPlan> plan = plan_memory(lifetimes, 64);

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace etllm::program {

/// A buffer and the steps during which its contents matter, both ends
/// included.
struct BufferLifetime {
  std::uint64_t size_bytes = 0;
  std::uint32_t first_step = 0;
  std::uint32_t last_step = 0;

  bool overlaps(const BufferLifetime& other) const {
    return first_step <= other.last_step && other.first_step <= last_step;
  }
};

struct MemoryPlan {
  std::vector<std::uint64_t> offsets;  ///< One per buffer, in order.
  std::uint64_t total_bytes = 0;       ///< Where the last buffer ends.
};

/// Assigns offsets that are multiples of `alignment` (a power of two) such
/// that no two buffers alive at the same step overlap. The largest buffers are
/// placed first, each into the smallest gap that holds it. The total is never
/// above the sum of the aligned sizes. nullopt when that sum does not fit into
/// 63 bits.
std::optional<MemoryPlan> plan_memory(std::span<const BufferLifetime> buffers,
                                      std::uint64_t alignment);

}  // namespace etllm::program
