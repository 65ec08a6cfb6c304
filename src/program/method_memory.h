#pragma once

// Where the tensors of each method live in planned memory: activations share
// memory id 1 by lifetime, mutable buffers have memory id 2 for themselves.

#include <cstdint>
#include <optional>
#include <vector>

#include "base/status.h"
#include "program/program_model.h"

namespace etllm::program {

inline constexpr std::uint32_t kActivationMemoryId = 1;
inline constexpr std::uint32_t kMutableBufferMemoryId = 2;
inline constexpr std::uint64_t kPlannedAlignment = 64;

struct PlannedAllocation {
  std::uint32_t memory_id = 0;
  std::uint64_t offset = 0;
};

struct MethodMemory {
  /// One per value; absent for what has no planned memory.
  std::vector<std::optional<PlannedAllocation>> allocations;
  std::uint64_t activation_bytes = 0;
  std::uint64_t mutable_buffer_bytes = 0;
};

/// Plans every method of a valid program. Fails with kInvalidArgument when
/// mutable buffers of one name differ in size or the memory does not fit into
/// 63 bits.
Result<std::vector<MethodMemory>> plan_program_memory(
    const ProgramModel& program);

}  // namespace etllm::program
