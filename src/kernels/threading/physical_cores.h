#pragma once

#include <cstddef>

namespace etllm::kernels {

/// Physical cores that this process may use: those of its affinity mask, two
/// threads of one core counted once, and no more than its control group's
/// share of processor time allows. At least 1.
std::size_t usable_physical_cores();

}  // namespace etllm::kernels
