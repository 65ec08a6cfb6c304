#pragma once

// Memory that ends where its page ends, with a page behind it and one before it
// that nobody may touch: a kernel that reads or writes beyond its operand stops
// the test, in a release build too.

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <new>
#include <vector>

namespace etllm {

/// For element sizes that divide the page size.
template <typename T>
class GuardedAllocator {
 public:
  using value_type = T;

  GuardedAllocator() = default;
  template <typename U>
  explicit GuardedAllocator(const GuardedAllocator<U>& /*other*/) {}

  T* allocate(std::size_t count) {
    const std::size_t usable = usable_bytes(count);
    void* const mapped = mmap(nullptr, usable + 2 * page(), PROT_NONE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) throw std::bad_alloc();
    auto* const begin = static_cast<std::byte*>(mapped) + page();
    if (mprotect(begin, usable, PROT_READ | PROT_WRITE) != 0) {
      throw std::bad_alloc();
    }
    return reinterpret_cast<T*>(begin + usable - count * sizeof(T));
  }

  void deallocate(T* values, std::size_t count) {
    const std::size_t usable = usable_bytes(count);
    auto* const begin = reinterpret_cast<std::byte*>(values) +
                        count * sizeof(T) - usable - page();
    munmap(begin, usable + 2 * page());
  }

  friend bool operator==(const GuardedAllocator& /*a*/,
                         const GuardedAllocator& /*b*/) {
    return true;
  }

 private:
  static std::size_t page() {
    return static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  }
  static std::size_t usable_bytes(std::size_t count) {
    return (count * sizeof(T) + page() - 1) / page() * page();
  }
};

template <typename T>
using GuardedVector = std::vector<T, GuardedAllocator<T>>;

/// The operands of kernels.
using Floats = GuardedVector<float>;

}  // namespace etllm
