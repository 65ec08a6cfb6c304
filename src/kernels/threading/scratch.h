#pragma once

#include <cstddef>

namespace etllm::kernels {

/// Memory of the calling thread, at least `bytes` long and aligned to 64
/// bytes; valid until the thread asks again. It grows and is kept, so that a
/// decode loop allocates nothing.
std::byte* thread_scratch(std::size_t bytes);

}  // namespace etllm::kernels
