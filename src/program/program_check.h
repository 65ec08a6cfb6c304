#pragma once

// Whether a `.pte` can be given to the runtime, which trusts what a file says
// about itself: every index, offset and size is followed to its end here.
//
//   Status status = check_program_file("model.pte");

#include <cstddef>
#include <span>
#include <string>

#include "base/status.h"

namespace etllm::program {

/// Maps and checks the file. Fails as `MappedFile::open` does, and with
/// kInvalidData and a sentence that names the file when its contents could
/// lead the runtime outside of it.
Status check_program_file(const std::string& path);

/// The same for bytes in memory, aligned to 16; sentences call them `name`.
Status check_program(std::span<const std::byte> bytes, const std::string& name);

}  // namespace etllm::program
