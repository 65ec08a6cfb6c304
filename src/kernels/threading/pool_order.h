#pragma once

// What ThreadSanitizer has to be told. The SDK's pool is built without it, so
// it cannot see that a run hands what its caller wrote over to the tasks, and
// what they wrote back. With it, only that is said: two tasks of a run, or two
// runs, stay unordered, and their races are found. Without ThreadSanitizer that
// is nothing.

#include <atomic>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ETLLM_THREAD_SANITIZER
#endif
#elif defined(__SANITIZE_THREAD__)
#define ETLLM_THREAD_SANITIZER
#endif

#if defined(ETLLM_THREAD_SANITIZER)
#include <sanitizer/tsan_interface.h>
/// For the function that a thread of the pool enters first: it reads where the
/// task is before it can tell that it may.
#define ETLLM_ENTERED_BY_POOL __attribute__((no_sanitize("thread")))
#else
#define ETLLM_ENTERED_BY_POOL
#endif

namespace etllm::kernels {

/// All that this thread did so far comes before whatever follows an
/// `order_after` with the same address.
inline void order_before([[maybe_unused]] void* address) {
#if defined(ETLLM_THREAD_SANITIZER)
  __tsan_release(address);
#endif
}

inline void order_after([[maybe_unused]] void* address) {
#if defined(ETLLM_THREAD_SANITIZER)
  __tsan_acquire(address);
#endif
}

/// Whatever this thread wrote before is seen by all before it reads what comes
/// after.
inline void full_fence() {
#if defined(ETLLM_THREAD_SANITIZER)
  // It knows no fences. What it knows instead on these processors is one, and
  // relaxed it does not order what the tasks do.
  static std::atomic<int> everybody{0};
  everybody.fetch_add(1, std::memory_order_relaxed);
#else
  std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
}

}  // namespace etllm::kernels
