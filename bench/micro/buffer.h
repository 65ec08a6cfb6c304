#pragma once

// Memory for operands that are too large for any cache, in pages of the size
// that a benchmark asks for.

#include <sys/mman.h>

#include <cstddef>
#include <cstring>
#include <span>

namespace etllm::bench {

/// Owns an anonymous mapping whose bytes are all 0x11: a small finite number
/// in every scale format, and small quants.
class Buffer {
 public:
  explicit Buffer(std::size_t bytes, bool huge_pages = false) : size_(bytes) {
    data_ = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data_ == MAP_FAILED) std::abort();
    ::madvise(data_, size_, huge_pages ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    std::memset(data_, 0x11, size_);
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { ::munmap(data_, size_); }

  std::span<std::byte> bytes() {
    return {static_cast<std::byte*>(data_), size_};
  }

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace etllm::bench
