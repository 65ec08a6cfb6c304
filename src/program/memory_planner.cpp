#include "program/memory_planner.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>

#include "program/checked_math.h"

namespace etllm::program {
namespace {

struct Placement {
  std::size_t buffer;
  std::uint64_t begin;
  std::uint64_t end;
};

// Aligned sizes, or nothing when their sum would overflow: after that check
// no addition below can.
std::optional<std::vector<std::uint64_t>> aligned_sizes(
    std::span<const BufferLifetime> buffers, std::uint64_t alignment) {
  std::vector<std::uint64_t> sizes;
  sizes.reserve(buffers.size());
  std::uint64_t sum = 0;
  for (const BufferLifetime& buffer : buffers) {
    const auto size = checked_align(buffer.size_bytes, alignment);
    const auto next = size ? checked_add(sum, *size) : std::nullopt;
    if (!next || *next > std::numeric_limits<std::int64_t>::max()) {
      return std::nullopt;
    }
    sum = *next;
    sizes.push_back(*size);
  }
  return sizes;
}

std::vector<std::size_t> largest_first(std::span<const BufferLifetime> buffers,
                                       std::span<const std::uint64_t> sizes) {
  std::vector<std::size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
    if (sizes[a] != sizes[b]) return sizes[a] > sizes[b];
    return buffers[a].first_step < buffers[b].first_step;
  });
  return order;
}

// The start of the smallest gap between `occupied`, ordered by begin, that
// holds `size`; behind all of them when there is none.
std::uint64_t find_gap(std::span<const Placement> occupied,
                       std::uint64_t size) {
  std::uint64_t best_begin = 0;
  std::uint64_t best_gap = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t free_from = 0;
  for (const Placement& other : occupied) {
    if (other.begin > free_from) {
      const std::uint64_t gap = other.begin - free_from;
      if (gap >= size && gap < best_gap) {
        best_begin = free_from;
        best_gap = gap;
      }
    }
    free_from = std::max(free_from, other.end);
  }
  const bool found = best_gap != std::numeric_limits<std::uint64_t>::max();
  return found ? best_begin : free_from;
}

}  // namespace

std::optional<MemoryPlan> plan_memory(std::span<const BufferLifetime> buffers,
                                      std::uint64_t alignment) {
  const auto sizes = aligned_sizes(buffers, alignment);
  if (!sizes) return std::nullopt;

  MemoryPlan plan;
  plan.offsets.resize(buffers.size());
  std::vector<Placement> placed;  // Ordered by begin.
  std::vector<Placement> occupied;
  for (const std::size_t index : largest_first(buffers, *sizes)) {
    occupied.clear();
    std::ranges::copy_if(
        placed, std::back_inserter(occupied), [&](const Placement& other) {
          return buffers[other.buffer].overlaps(buffers[index]);
        });
    const std::uint64_t begin = find_gap(occupied, (*sizes)[index]);
    const Placement placement{index, begin, begin + (*sizes)[index]};
    placed.insert(
        std::ranges::upper_bound(placed, begin, {}, &Placement::begin),
        placement);
    plan.offsets[index] = begin;
    plan.total_bytes = std::max(plan.total_bytes, placement.end);
  }
  return plan;
}

}  // namespace etllm::program
