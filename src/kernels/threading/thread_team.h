#pragma once

#include <executorch/runtime/core/function_ref.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <thread>
#include <vector>

#include "kernels/threading/sleepers.h"

namespace etllm::kernels {

/// Threads that look for the next parallel region a while before they sleep,
/// because a model's step has hundreds of them, and that take no lock and make
/// no system call while they are awake.
///
/// All calls come from one thread at a time, which also takes its share of
/// every region.
class ThreadTeam {
 public:
  using Body = executorch::runtime::FunctionRef<void(std::size_t, std::size_t)>;

  /// `threads` count the caller's, too.
  explicit ThreadTeam(std::size_t threads);
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  std::size_t size() const { return shares_.size(); }

  /// For a caller that is about to have work: wakes who sleeps.
  void wake();

  /// Cuts `0 .. count` into `tasks` ranges, at most `kMostTasks`, calls `body`
  /// on each and returns when all calls have. Each thread begins with
  /// successive ranges of its own and then takes the last ones of others.
  void run(std::size_t count, std::size_t tasks, Body body);

  static constexpr std::size_t kMostTasks = 0xffff;

 private:
  /// The tasks of a region that one thread has not begun, and all that it has
  /// to know of them: a line of its own, for its thread looks at it all the
  /// time, and every line more that another core has written costs as much as
  /// the first.
  struct alignas(64) Share {
    // The first in the low half, the one behind the last in the high half.
    std::atomic<std::uint32_t> waiting{0};
    std::uint32_t tasks = 0;
    std::size_t count = 0;
    std::optional<Body> body;
  };
  /// How many tasks a thread has done since it began, of all regions.
  struct alignas(64) Done {
    std::atomic<std::size_t> tasks{0};
  };
  enum class From { kFront, kBack };

  bool run_one_of(Share& share, From from, std::size_t self);
  void run_task(const Share& share, std::size_t task, std::size_t self);
  void run_all(std::size_t self);
  void work(std::size_t self);
  bool has_work(std::size_t self) const;
  std::size_t done() const;

  std::vector<Share> shares_;
  std::vector<Done> done_;
  std::size_t begun_ = 0;
  Sleepers workers_;
  Sleepers caller_;
  std::atomic<bool> ends_{false};
  std::vector<std::thread> threads_;
};

}  // namespace etllm::kernels
