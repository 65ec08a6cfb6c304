// Two tasks of parallel_for() that write one number, in the pool or, with an
// argument, on threads that are awake. Built with ThreadSanitizer, which must
// find that: what it was told about the pool hides no race.

#include <atomic>
#include <optional>
#include <thread>

#include "kernels/threading/parallel.h"

int main(int count, char** /*arguments*/) {
  etllm::kernels::set_thread_count(2);
  std::optional<etllm::kernels::AwakeThreads> awake;
  if (count > 1) awake.emplace();
  std::atomic<int> arrived{0};
  int number = 0;
  etllm::kernels::parallel_for(2, 1, [&](std::size_t, std::size_t) {
    // Until both threads are here. A relaxed order says nothing of the number.
    arrived.fetch_add(1, std::memory_order_relaxed);
    while (arrived.load(std::memory_order_relaxed) < 2) {
      std::this_thread::yield();
    }
    ++number;
  });
  return number == 0;
}
