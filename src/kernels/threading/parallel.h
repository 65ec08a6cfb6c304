#pragma once

// Cuts work over the threads of ExecuTorch's pool, which XNNPACK and the
// SDK's own kernels share.

#include <executorch/runtime/core/function_ref.h>

#include <cstddef>

namespace etllm::kernels {

/// Calls `body(begin, end)` on ranges that together are `0 .. count`, on
/// several threads when there are at least two times `grain` items. Returns
/// when all are done. `body` must not throw, nor call this.
void parallel_for(
    std::size_t count, std::size_t grain,
    executorch::runtime::FunctionRef<void(std::size_t, std::size_t)> body);

/// While one exists, this thread's parallel_for() has a team of threads that
/// wait awake from one region to the next, instead of the pool: for a step of a
/// model, which has hundreds of short ones, and none that others run in the
/// pool. A second one in the process goes on with the pool.
class AwakeThreads {
 public:
  AwakeThreads();
  ~AwakeThreads();
  AwakeThreads(const AwakeThreads&) = delete;
  AwakeThreads& operator=(const AwakeThreads&) = delete;

 private:
  bool is_owner_ = false;
};

/// Threads that work at the same time, the caller's included.
std::size_t thread_count();

/// Sets the number of threads for the whole process; 0 means one for each
/// physical core that it may use. Not while a model runs.
void set_thread_count(std::size_t count);

}  // namespace etllm::kernels
