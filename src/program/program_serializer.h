#pragma once

// The flatbuffer of a program, with ExecuTorch's extended header inside.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/status.h"
#include "program/method_memory.h"
#include "program/program_layout.h"
#include "program/program_model.h"

namespace etllm::program {

/// What a file begins with, and where its segments begin.
struct SerializedProgram {
  std::vector<std::byte> bytes;
  std::uint64_t segment_base = 0;
};

/// `program` is valid and `memory` has an entry for each of its methods. Fails
/// with kInvalidArgument when the flatbuffer would exceed its 2 GiB.
Result<SerializedProgram> serialize_program(
    const ProgramModel& program, const std::vector<MethodMemory>& memory,
    const ProgramLayout& layout);

}  // namespace etllm::program
