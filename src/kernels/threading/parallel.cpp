#include "kernels/threading/parallel.h"

#include <executorch/runtime/platform/platform.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>

#include "kernels/threading/physical_cores.h"
#include "kernels/threading/pool_order.h"
#include "kernels/threading/thread_team.h"

// The SDK exports its pool but ships no header for it; these are the parts of
// it that we call.
namespace executorch::extension::threadpool {

class ThreadPool {
 public:
  std::size_t get_thread_count() const;
  void run(executorch::runtime::FunctionRef<void(std::size_t)> task,
           std::size_t range);
  bool _unsafe_reset_threadpool(std::uint32_t thread_count);
};

ThreadPool* get_threadpool();

}  // namespace executorch::extension::threadpool

namespace etllm::kernels {
namespace {

using executorch::extension::threadpool::ThreadPool;
using executorch::runtime::PalImpl;

void drop_message(et_timestamp_t, et_pal_log_level_t, const char*, const char*,
                  std::size_t, const char*, std::size_t) {}

/// The SDK's pool. When it is made, the SDK looks for cores of Arm processors
/// and logs what it does not find on others; nobody wants to read that.
ThreadPool& pool() {
  static ThreadPool& instance = []() -> ThreadPool& {
    const PalImpl before = *executorch::runtime::get_pal_impl();
    PalImpl quiet = before;
    quiet.emit_log_message = drop_message;
    static_cast<void>(executorch::runtime::register_pal(quiet));
    ThreadPool& made = *executorch::extension::threadpool::get_threadpool();
    static_cast<void>(executorch::runtime::register_pal(before));
    return made;
  }();
  return instance;
}

// More tasks than threads, so that a thread that was interrupted leaves work
// for the others.
constexpr std::size_t kTasksPerThread = 4;

/// The team of the process, and who has it.
struct SharedTeam {
  std::mutex in_use;
  std::unique_ptr<ThreadTeam> team;
};

SharedTeam& shared_team() {
  static SharedTeam instance;
  return instance;
}

/// What parallel_for() of this thread runs on; null for the pool.
thread_local ThreadTeam* current_team = nullptr;

}  // namespace

AwakeThreads::AwakeThreads() {
  const std::size_t threads = thread_count();
  SharedTeam& shared = shared_team();
  if (threads < 2 || current_team != nullptr || !shared.in_use.try_lock()) {
    return;
  }
  if (shared.team == nullptr || shared.team->size() != threads) {
    shared.team = std::make_unique<ThreadTeam>(threads);
  }
  shared.team->wake();
  current_team = shared.team.get();
  is_owner_ = true;
}

AwakeThreads::~AwakeThreads() {
  if (!is_owner_) return;
  current_team = nullptr;
  shared_team().in_use.unlock();
}

void parallel_for(
    std::size_t count, std::size_t grain,
    executorch::runtime::FunctionRef<void(std::size_t, std::size_t)> body) {
  if (count == 0) return;
  const std::size_t threads = thread_count();
  const std::size_t most = count / std::max<std::size_t>(grain, 1);
  const std::size_t tasks =
      std::min({most, threads * kTasksPerThread, ThreadTeam::kMostTasks});
  if (threads < 2 || tasks < 2) {
    body(0, count);
    return;
  }
  if (current_team != nullptr) return current_team->run(count, tasks, body);
  // Two addresses of this run: that it began, and that a task is done.
  char begun = 0;
  char done = 0;
  order_before(&begun);
  pool().run(
      [&](std::size_t task) ETLLM_ENTERED_BY_POOL {
        order_after(&begun);
        body(count * task / tasks, count * (task + 1) / tasks);
        order_before(&done);
      },
      tasks);
  order_after(&done);
}

std::size_t thread_count() {
  return current_team != nullptr ? current_team->size()
                                 : pool().get_thread_count();
}

void set_thread_count(std::size_t count) {
  const std::size_t wanted = count == 0 ? usable_physical_cores() : count;
  if (wanted == thread_count()) return;
  pool()._unsafe_reset_threadpool(
      static_cast<std::uint32_t>(std::min<std::size_t>(wanted, 1024)));
}

}  // namespace etllm::kernels
