#include "engine/planned_memory.h"

#include <sys/mman.h>

#include <string>

namespace etllm::engine {
namespace {

using executorch::runtime::HierarchicalAllocator;
using executorch::runtime::MethodMeta;
using executorch::runtime::Span;

// Buffer i of a method is memory id i + 1; id 2 is for mutable state.
constexpr std::size_t kFirstMutableBuffer = 1;

bool is_on_cpu(const MethodMeta& method, std::size_t index) {
  const auto device = method.memory_planned_buffer_device(index);
  return !device.ok() ||
         device->type() == executorch::runtime::etensor::DeviceType::CPU;
}

}  // namespace

Result<std::unique_ptr<PlannedMemory>> PlannedMemory::create(
    const MethodMeta& method) {
  std::unique_ptr<PlannedMemory> memory(new PlannedMemory());
  const std::size_t count = method.num_memory_planned_buffers();
  memory->buffers_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto size = method.memory_planned_buffer_size(i);
    if (!size.ok() || *size < 0) {
      return invalid_data("the program plans a buffer of impossible size");
    }
    if (!is_on_cpu(method, i)) {
      return not_supported("the program plans memory on another device");
    }
    const auto bytes = static_cast<std::size_t>(*size);
    if (bytes == 0) {
      memory->buffers_.emplace_back();
      continue;
    }
    void* address = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (address == MAP_FAILED) {
      return io_error("the program needs " + std::to_string(bytes >> 20) +
                      " MiB of working memory, which the system does not "
                      "give; use a model with a shorter context");
    }
    memory->buffers_.emplace_back(static_cast<std::uint8_t*>(address), bytes);
  }
  memory->allocator_ =
      std::make_unique<HierarchicalAllocator>(Span<Span<std::uint8_t>>(
          memory->buffers_.data(), memory->buffers_.size()));
  return memory;
}

PlannedMemory::~PlannedMemory() {
  for (const auto& buffer : buffers_) {
    if (buffer.data() != nullptr) ::munmap(buffer.data(), buffer.size());
  }
}

void PlannedMemory::clear_mutable_buffers() {
  for (std::size_t i = kFirstMutableBuffer; i < buffers_.size(); ++i) {
    if (buffers_[i].data() == nullptr) continue;
    ::madvise(buffers_[i].data(), buffers_[i].size(), MADV_DONTNEED);
  }
}

}  // namespace etllm::engine
