#pragma once

// A file in memory of this process. Large pages, where the system has them for
// programs that ask, make streaming through the weights faster than a mapping
// does; reading the file takes the time that a mapping saves.

#include <executorch/runtime/core/data_loader.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/status.h"

namespace etllm::runner {

/// Owns the memory; what it loads are views that live as long as it does.
/// Thread-safe.
class FileInMemory final : public executorch::runtime::DataLoader {
 public:
  /// Reads the file at `path`. Fails with a sentence that names it.
  static Result<std::unique_ptr<FileInMemory>> read(const std::string& path);

  FileInMemory(const FileInMemory&) = delete;
  FileInMemory& operator=(const FileInMemory&) = delete;
  ~FileInMemory() override;

  executorch::runtime::Result<executorch::runtime::FreeableBuffer> load(
      std::size_t offset, std::size_t size,
      const SegmentInfo& segment) const override;
  executorch::runtime::Error load_into(std::size_t offset, std::size_t size,
                                       const SegmentInfo& segment,
                                       void* buffer) const override;
  executorch::runtime::Result<std::size_t> size() const override;

 private:
  explicit FileInMemory(std::span<std::byte> bytes) : bytes_(bytes) {}

  bool contains(std::size_t offset, std::size_t size) const;

  std::span<std::byte> bytes_;
};

}  // namespace etllm::runner
