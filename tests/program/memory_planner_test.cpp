#include "program/memory_planner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

namespace etllm::program {
namespace {

constexpr std::uint64_t kAlignment = 64;

std::uint64_t aligned(std::uint64_t size) {
  return (size + kAlignment - 1) / kAlignment * kAlignment;
}

std::vector<BufferLifetime> random_lifetimes(std::mt19937& random) {
  std::vector<BufferLifetime> buffers(random() % 60);
  for (BufferLifetime& buffer : buffers) {
    buffer.size_bytes = random() % 1000;
    buffer.first_step = random() % 20;
    buffer.last_step = buffer.first_step + random() % 8;
  }
  return buffers;
}

TEST(MemoryPlanner, BuffersThatLiveTogetherDoNotOverlap) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    const auto buffers = random_lifetimes(random);
    const auto plan = plan_memory(buffers, kAlignment);
    ASSERT_TRUE(plan.has_value());
    for (std::size_t a = 0; a < buffers.size(); ++a) {
      ASSERT_EQ(plan->offsets[a] % kAlignment, 0U);
      ASSERT_LE(plan->offsets[a] + buffers[a].size_bytes, plan->total_bytes);
      for (std::size_t b = 0; b < a; ++b) {
        const bool apart =
            plan->offsets[a] + buffers[a].size_bytes <= plan->offsets[b] ||
            plan->offsets[b] + buffers[b].size_bytes <= plan->offsets[a];
        ASSERT_TRUE(apart || !buffers[a].overlaps(buffers[b]));
      }
    }
  }
}

TEST(MemoryPlanner, TotalIsBetweenTheBusiestStepAndTheSum) {
  std::mt19937 random(2);
  for (int round = 0; round < 300; ++round) {
    const auto buffers = random_lifetimes(random);
    std::uint64_t sum = 0;
    std::vector<std::uint64_t> alive(40);
    for (const BufferLifetime& buffer : buffers) {
      sum += aligned(buffer.size_bytes);
      for (auto s = buffer.first_step; s <= buffer.last_step; ++s) {
        alive[s] += aligned(buffer.size_bytes);
      }
    }
    const auto plan = plan_memory(buffers, kAlignment);
    ASSERT_TRUE(plan.has_value());
    ASSERT_LE(plan->total_bytes, sum);
    ASSERT_GE(plan->total_bytes, *std::ranges::max_element(alive));
  }
}

TEST(MemoryPlanner, MemoryIsUsedAgain) {
  const std::vector<BufferLifetime> chain = {
      {100, 0, 1}, {100, 1, 2}, {100, 2, 3}, {100, 3, 4}};
  EXPECT_EQ(plan_memory(chain, kAlignment)->total_bytes, 256U);
}

TEST(MemoryPlanner, SizesThatOverflowAreRefused) {
  const auto huge = std::numeric_limits<std::uint64_t>::max();
  EXPECT_FALSE(plan_memory(std::vector<BufferLifetime>{{huge, 0, 0}}, 64));
  const std::vector<BufferLifetime> two = {{huge / 2, 0, 0}, {huge / 2, 0, 0}};
  EXPECT_FALSE(plan_memory(two, kAlignment));
}

}  // namespace
}  // namespace etllm::program
