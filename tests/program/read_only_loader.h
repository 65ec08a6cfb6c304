#pragma once

#include <executorch/runtime/core/data_loader.h>
#include <sys/mman.h>

#include <cstddef>
#include <cstring>
#include <span>

namespace etllm::program {

/// Gives the runtime a file as a mapping does: writing to it, or reading much
/// behind its end, ends the process.
class ReadOnlyLoader final : public executorch::runtime::DataLoader {
 public:
  explicit ReadOnlyLoader(std::span<const std::byte> bytes)
      : size_(bytes.size()),
        mapped_((size_ + kPage - 1) / kPage * kPage + kPage) {
    void* address = ::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (address == MAP_FAILED) {
      size_ = 0;
      mapped_ = 0;
      return;
    }
    base_ = static_cast<std::byte*>(address);
    // As near to the forbidden page as the runtime's alignment permits.
    data_ = base_ + (mapped_ - kPage) - (size_ + 15) / 16 * 16;
    std::memcpy(data_, bytes.data(), size_);
    ::mprotect(base_, mapped_ - kPage, PROT_READ);
    ::mprotect(base_ + mapped_ - kPage, kPage, PROT_NONE);
  }
  ReadOnlyLoader(const ReadOnlyLoader&) = delete;
  ReadOnlyLoader& operator=(const ReadOnlyLoader&) = delete;
  ~ReadOnlyLoader() override {
    if (base_ != nullptr) ::munmap(base_, mapped_);
  }

  executorch::runtime::Result<executorch::runtime::FreeableBuffer> load(
      std::size_t offset, std::size_t size, const SegmentInfo&) const override {
    if (offset > size_ || size > size_ - offset) {
      return executorch::runtime::Error::InvalidArgument;
    }
    return executorch::runtime::FreeableBuffer(data_ + offset, size, nullptr);
  }

  executorch::runtime::Error load_into(std::size_t offset, std::size_t size,
                                       const SegmentInfo&,
                                       void* buffer) const override {
    if (offset > size_ || size > size_ - offset) {
      return executorch::runtime::Error::InvalidArgument;
    }
    std::memcpy(buffer, data_ + offset, size);
    return executorch::runtime::Error::Ok;
  }

  executorch::runtime::Result<std::size_t> size() const override {
    return size_;
  }

 private:
  static constexpr std::size_t kPage = 4096;

  std::size_t size_;
  std::size_t mapped_;
  std::byte* base_ = nullptr;
  std::byte* data_ = nullptr;
};

}  // namespace etllm::program
