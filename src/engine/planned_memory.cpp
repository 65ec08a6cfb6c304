#include "engine/planned_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <string>

#include "base/large_pages.h"

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

/// Makes `sizes` at least what `method` needs of each buffer.
Status add_sizes(const MethodMeta& method, std::vector<std::size_t>& sizes) {
  const std::size_t count = method.num_memory_planned_buffers();
  if (sizes.size() < count) sizes.resize(count, 0);
  for (std::size_t i = 0; i < count; ++i) {
    const auto size = method.memory_planned_buffer_size(i);
    if (!size.ok() || *size < 0) {
      return invalid_data("the program plans a buffer of impossible size");
    }
    if (!is_on_cpu(method, i)) {
      return not_supported("the program plans memory on another device");
    }
    sizes[i] = std::max(sizes[i], static_cast<std::size_t>(*size));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<PlannedMemory>> PlannedMemory::create(
    std::span<const MethodMeta> methods) {
  std::vector<std::size_t> sizes;
  for (const MethodMeta& method : methods) {
    const Status added = add_sizes(method, sizes);
    if (!added.ok()) return added;
  }
  std::unique_ptr<PlannedMemory> memory(new PlannedMemory());
  memory->buffers_.reserve(sizes.size());
  for (const std::size_t bytes : sizes) {
    const Status mapped = memory->map_buffer(bytes);
    if (!mapped.ok()) return mapped;
  }
  memory->allocator_ =
      std::make_unique<HierarchicalAllocator>(Span<Span<std::uint8_t>>(
          memory->buffers_.data(), memory->buffers_.size()));
  return memory;
}

Status PlannedMemory::map_buffer(std::size_t bytes) {
  if (bytes == 0) {
    buffers_.emplace_back();
    return {};
  }
  void* address = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED) {
    return io_error("the program needs " + std::to_string(bytes >> 20) +
                    " MiB of working memory, which the system does not "
                    "give; use a model with a shorter context");
  }
  // Activations are used from end to end, and their rows lie on many pages.
  if (buffers_.empty()) ask_for_large_pages(address, bytes);
  buffers_.emplace_back(static_cast<std::uint8_t*>(address), bytes);
  return {};
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
