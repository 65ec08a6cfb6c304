#pragma once

// What ThreadSanitizer has to be told about the SDK's pool. The pool is built
// without it, so it cannot see that a run hands what its caller wrote over to
// the tasks, and what they wrote back. With it, only that is said: two tasks
// of a run, or two runs, stay unordered, and their races are found. Otherwise
// all of this is nothing.

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

}  // namespace etllm::kernels
