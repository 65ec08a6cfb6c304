#pragma once

#include <atomic>
#include <cstdint>

#include "kernels/threading/pool_order.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace etllm::kernels {

/// Threads that wait for something: awake for some time, then asleep.
///
/// Whoever brings it calls `wake` afterwards, which costs little while nobody
/// sleeps. Either that one sees who goes to sleep, or who goes to sleep sees
/// what was brought, for each has a full fence between what it tells and what
/// it looks at.
class alignas(64) Sleepers {
 public:
  /// Returns when `is_there()`.
  template <class Condition>
  void await(const Condition& is_there) {
    for (unsigned i = 0; i < kSpins; ++i) {
      if (is_there()) return;
      relax();
    }
    while (true) {
      const std::uint32_t calls = calls_.load();
      asleep_.fetch_add(1);
      const bool there = is_there();
      if (!there) calls_.wait(calls);
      asleep_.fetch_sub(1);
      if (there) return;
    }
  }

  void wake() {
    full_fence();
    wake_those_seen();
  }

  /// The same without the fence: who just goes to sleep is not called.
  void wake_those_seen() {
    if (asleep_.load() == 0) return;
    calls_.fetch_add(1);
    calls_.notify_all();
  }

 private:
  // 40 to 100 us: longer than an operator on one thread takes, or a token's
  // choice between two steps.
  static constexpr unsigned kSpins = 2048;

  static void relax() {
#if defined(__x86_64__)
    _mm_pause();
#elif defined(__aarch64__)
    asm volatile("isb" ::: "memory");
#endif
  }

  std::atomic<std::uint32_t> asleep_{0};
  std::atomic<std::uint32_t> calls_{0};
};

}  // namespace etllm::kernels
