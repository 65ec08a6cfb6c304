#include "runner/file_loader.h"

#include <executorch/runtime/platform/log.h>

#include <cstring>
#include <memory>

namespace etllm::runner {

using executorch::runtime::Error;
using executorch::runtime::FreeableBuffer;

namespace {

/// A part that was loaded, and the file that it keeps: the runtime frees parts
/// after the loader they came from.
using Owner = std::shared_ptr<const MappedFile>;

/// Backends free the file's weights when they have made their own of them.
void release(void* context, void* data, std::size_t size) {
  const std::unique_ptr<Owner> owner(static_cast<Owner*>(context));
  (*owner)->release({static_cast<const std::byte*>(data), size});
}

}  // namespace

bool FileLoader::contains(std::size_t offset, std::size_t size) const {
  const std::size_t file_size = file_->bytes().size();
  return offset <= file_size && size <= file_size - offset;
}

executorch::runtime::Result<FreeableBuffer> FileLoader::load(
    std::size_t offset, std::size_t size,
    const SegmentInfo& /*segment*/) const {
  if (!contains(offset, size)) return Error::InvalidArgument;
  const auto part = file_->bytes().subspan(offset, size);
  if (lock_ != Lock::kNo && !file_->lock(part) && lock_ == Lock::kYes) {
    ET_LOG(Error, "%zu bytes of '%s' cannot be locked in memory", size,
           file_->path().c_str());
    return Error::NotSupported;
  }
  return FreeableBuffer(part.data(), size, release,
                        std::make_unique<Owner>(file_).release());
}

Error FileLoader::load_into(std::size_t offset, std::size_t size,
                            const SegmentInfo& /*segment*/,
                            void* buffer) const {
  if (!contains(offset, size)) return Error::InvalidArgument;
  if (size > 0) std::memcpy(buffer, file_->bytes().data() + offset, size);
  return Error::Ok;
}

executorch::runtime::Result<std::size_t> FileLoader::size() const {
  return file_->bytes().size();
}

}  // namespace etllm::runner
