#pragma once

// The memory that a method's tensors and caches live in. It is an anonymous
// mapping, so that the part of a KV cache that no token has reached costs
// nothing.

#include <executorch/runtime/core/hierarchical_allocator.h>
#include <executorch/runtime/executor/method_meta.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/status.h"

namespace etllm::engine {

/// Must outlive the methods that are loaded with it.
class PlannedMemory {
 public:
  /// Memory for one method, or for several that take turns and share their
  /// state. kIoError when the system has not that much memory, kNotSupported
  /// when a buffer belongs on another device.
  static Result<std::unique_ptr<PlannedMemory>> create(
      std::span<const executorch::runtime::MethodMeta> methods);

  PlannedMemory(const PlannedMemory&) = delete;
  PlannedMemory& operator=(const PlannedMemory&) = delete;
  ~PlannedMemory();

  executorch::runtime::HierarchicalAllocator* allocator() {
    return allocator_.get();
  }

  /// Makes the buffers from memory id 2 on zeros again, as they were before
  /// the first run, and gives their memory back to the system.
  void clear_mutable_buffers();

 private:
  PlannedMemory() = default;

  Status map_buffer(std::size_t bytes);

  std::vector<executorch::runtime::Span<std::uint8_t>> buffers_;
  std::unique_ptr<executorch::runtime::HierarchicalAllocator> allocator_;
};

}  // namespace etllm::engine
