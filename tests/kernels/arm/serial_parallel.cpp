// One thread, where the SDK has no pool of threads.

#include "kernels/threading/parallel.h"

namespace etllm::kernels {

void parallel_for(
    std::size_t count, std::size_t /*grain*/,
    executorch::runtime::FunctionRef<void(std::size_t, std::size_t)> body) {
  if (count > 0) body(0, count);
}

std::size_t thread_count() { return 1; }

void set_thread_count(std::size_t /*count*/) {}

}  // namespace etllm::kernels
