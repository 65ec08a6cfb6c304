#pragma once

// Ctrl-C: the first one stops what is going on, a second one leaves.
//
//   InterruptWatcher interrupts;        // in main, before any other thread
//   InterruptScope scope(interrupts, [&] { runner.stop(); });

#include <functional>
#include <mutex>
#include <thread>

namespace etllm::cli {

/// What a shell expects of a process that Ctrl-C (SIGINT) ended: 128 + 2.
inline constexpr int kInterruptedExitCode = 130;

/// Receives SIGINT in a thread of its own, so that the action may do anything.
/// There is one per process; it is created before other threads, which inherit
/// the blocked signal.
class InterruptWatcher {
 public:
  InterruptWatcher();
  ~InterruptWatcher();
  InterruptWatcher(const InterruptWatcher&) = delete;
  InterruptWatcher& operator=(const InterruptWatcher&) = delete;

  /// Replaces the action of the next Ctrl-C; an empty one leaves the process.
  void set_action(std::function<void()> action);

 private:
  void watch();
  void handle_interrupt();

  std::mutex mutex_;
  std::function<void()> action_;
  std::thread thread_;
};

/// Gives Ctrl-C a meaning for the lifetime of a scope.
class InterruptScope {
 public:
  InterruptScope(InterruptWatcher& watcher, std::function<void()> action)
      : watcher_(watcher) {
    watcher_.set_action(std::move(action));
  }
  ~InterruptScope() { watcher_.set_action({}); }
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;

 private:
  InterruptWatcher& watcher_;
};

}  // namespace etllm::cli
