#pragma once

// Gives the runtime the parts of a file that is in memory as a whole: nothing
// is copied, and what was checked is what runs.

#include <executorch/runtime/core/data_loader.h>

#include <cstddef>
#include <memory>
#include <utility>

#include "base/mapped_file.h"

namespace etllm::runner {

/// Owns the file, together with what it has loaded: views of it, which may
/// outlive the loader. Thread-safe.
class FileLoader final : public executorch::runtime::DataLoader {
 public:
  /// Whether the parts that are loaded are kept in RAM.
  enum class Lock { kNo, kIfAllowed, kYes };

  explicit FileLoader(MappedFile file, Lock lock = Lock::kNo)
      : file_(std::make_shared<const MappedFile>(std::move(file))),
        lock_(lock) {}

  /// InvalidArgument outside of the file, NotSupported when `Lock::kYes` is
  /// asked for and the system refuses.
  executorch::runtime::Result<executorch::runtime::FreeableBuffer> load(
      std::size_t offset, std::size_t size,
      const SegmentInfo& segment) const override;
  executorch::runtime::Error load_into(std::size_t offset, std::size_t size,
                                       const SegmentInfo& segment,
                                       void* buffer) const override;
  executorch::runtime::Result<std::size_t> size() const override;

 private:
  bool contains(std::size_t offset, std::size_t size) const;

  std::shared_ptr<const MappedFile> file_;
  Lock lock_;
};

}  // namespace etllm::runner
