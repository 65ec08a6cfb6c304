#include "cli/interrupt.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <utility>

namespace etllm::cli {
namespace {

// Private to us: wakes the watcher so that it can be joined.
constexpr int kWakeSignal = SIGUSR1;

sigset_t watched_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, kWakeSignal);
  return signals;
}

}  // namespace

InterruptWatcher::InterruptWatcher() {
  const sigset_t signals = watched_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  thread_ = std::thread([this] { watch(); });
}

InterruptWatcher::~InterruptWatcher() {
  pthread_kill(thread_.native_handle(), kWakeSignal);
  thread_.join();
}

void InterruptWatcher::set_action(std::function<void()> action) {
  const std::lock_guard lock(mutex_);
  action_ = std::move(action);
}

void InterruptWatcher::watch() {
  const sigset_t signals = watched_signals();
  int signal = 0;
  while (sigwait(&signals, &signal) == 0 && signal != kWakeSignal) {
    handle_interrupt();
  }
}

void InterruptWatcher::handle_interrupt() {
  const std::lock_guard lock(mutex_);
  // Used up by the first Ctrl-C; with none left the second one leaves at once,
  // without waiting for threads that may be busy.
  const auto action = std::exchange(action_, {});
  if (!action) ::_exit(kInterruptedExitCode);
  action();
}

}  // namespace etllm::cli
