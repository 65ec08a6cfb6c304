#include "kernels/threading/thread_team.h"

#include <system_error>

namespace etllm::kernels {
namespace {

constexpr std::uint32_t pack(std::size_t begin, std::size_t end) {
  return static_cast<std::uint32_t>(begin | end << 16);
}

}  // namespace

ThreadTeam::ThreadTeam(std::size_t threads) : shares_(threads), done_(threads) {
  threads_.reserve(threads);
  try {
    for (std::size_t i = 1; i < threads; ++i) {
      threads_.emplace_back([this, i] { work(i); });
    }
  } catch (const std::system_error&) {
    // The others take the tasks of those that the system does not give.
  }
}

ThreadTeam::~ThreadTeam() {
  ends_.store(true);
  wake();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadTeam::wake() { workers_.wake(); }

void ThreadTeam::run(std::size_t count, std::size_t tasks, Body body) {
  begun_ += tasks;
  const auto first_task = [&](std::size_t thread) {
    return (tasks * thread + size() - 1) / size();
  };
  for (std::size_t i = size(); i-- > 0;) {
    Share& share = shares_[i];
    share.tasks = static_cast<std::uint32_t>(tasks);
    share.count = count;
    share.body = body;
    // The caller takes its first task at once: a fence before it would wait for
    // these stores.
    const std::size_t taken = i == 0 ? 1 : 0;
    share.waiting.store(pack(first_task(i) + taken, first_task(i + 1)),
                        std::memory_order_release);
  }
  workers_.wake_those_seen();
  run_task(shares_[0], 0, 0);
  workers_.wake();
  run_all(0);
  caller_.await([&] { return done() == begun_; });
}

std::size_t ThreadTeam::done() const {
  std::size_t tasks = 0;
  for (const Done& done : done_) {
    tasks += done.tasks.load(std::memory_order_acquire);
  }
  return tasks;
}

/// Who takes a task has seen the region that it is of, and the region cannot
/// end before the task does; so it does not matter which one was looked for.
bool ThreadTeam::run_one_of(Share& share, From from, std::size_t self) {
  std::uint32_t waiting = share.waiting.load(std::memory_order_relaxed);
  std::size_t taken = 0;
  std::uint32_t rest = 0;
  do {
    const std::size_t begin = waiting & 0xffff;
    const std::size_t end = waiting >> 16;
    if (begin >= end) return false;
    taken = from == From::kFront ? begin : end - 1;
    rest = from == From::kFront ? pack(begin + 1, end) : pack(begin, end - 1);
  } while (!share.waiting.compare_exchange_weak(
      waiting, rest, std::memory_order_acquire, std::memory_order_relaxed));
  run_task(share, taken, self);
  return true;
}

void ThreadTeam::run_task(const Share& share, std::size_t task,
                          std::size_t self) {
  (*share.body)(share.count * task / share.tasks,
                share.count * (task + 1) / share.tasks);
  // Only this thread changes its count.
  std::atomic<std::size_t>& done = done_[self].tasks;
  done.store(done.load(std::memory_order_relaxed) + 1,
             std::memory_order_release);
}

void ThreadTeam::run_all(std::size_t self) {
  while (run_one_of(shares_[self], From::kFront, self)) {
  }
  for (std::size_t i = 1; i < size(); ++i) {
    while (run_one_of(shares_[(self + i) % size()], From::kBack, self)) {
    }
  }
}

bool ThreadTeam::has_work(std::size_t self) const {
  const std::uint32_t waiting =
      shares_[self].waiting.load(std::memory_order_relaxed);
  return (waiting & 0xffff) < waiting >> 16;
}

void ThreadTeam::work(std::size_t self) {
  while (true) {
    workers_.await([&] { return has_work(self) || ends_.load(); });
    if (ends_.load()) return;
    run_all(self);
    caller_.wake();
  }
}

}  // namespace etllm::kernels
