#pragma once

#include <cstddef>

namespace etllm::kernels {

/// Memory of the calling thread for what the tasks of an operator share, at
/// least `bytes` long and aligned to 64 bytes; valid until the thread asks
/// again. It grows and is kept, so that a decode loop allocates nothing.
std::byte* operator_scratch(std::size_t bytes);

/// The same, for one task: the thread that starts tasks also runs some.
std::byte* task_scratch(std::size_t bytes);

}  // namespace etllm::kernels
