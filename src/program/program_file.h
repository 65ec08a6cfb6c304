#pragma once

// The outer form of a `.pte`: a verified flatbuffer and the data behind it.

#include <program_generated.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/status.h"

namespace etllm::program {

/// Views of the bytes of a file.
struct ProgramFile {
  const executorch_flatbuffer::Program* program = nullptr;
  /// What segment offsets count from, to the end of the file.
  std::span<const std::byte> segment_data;
  std::uint64_t segment_base = 0;  ///< Where they begin in the file.
};

/// Finds the parts and verifies the flatbuffer's own structure, not yet what
/// its numbers mean. kInvalidData with a sentence that names `name`.
Result<ProgramFile> open_program(std::span<const std::byte> bytes,
                                 const std::string& name);

}  // namespace etllm::program
