#include "runner/file_in_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/mapped_file.h"

namespace etllm::runner {

using executorch::runtime::Error;
using executorch::runtime::FreeableBuffer;

Result<std::unique_ptr<FileInMemory>> FileInMemory::read(
    const std::string& path) {
  const Result<MappedFile> file = MappedFile::open(path);
  if (!file.ok()) return file.status();
  const auto source = file->bytes();
  if (source.empty()) return invalid_data("'" + path + "' is empty");
  void* const memory = ::mmap(nullptr, source.size(), PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    return io_error("there is not enough memory for '" + path +
                    "': " + std::generic_category().message(errno));
  }
  std::unique_ptr<FileInMemory> loader(
      new FileInMemory({static_cast<std::byte*>(memory), source.size()}));
#ifdef MADV_HUGEPAGE
  // Whether there are any is up to the system.
  ::madvise(memory, source.size(), MADV_HUGEPAGE);
#endif
  // In parts, so that the file's own pages are never in memory as a whole too.
  constexpr std::size_t kPart = std::size_t{16} << 20;
  for (std::size_t done = 0; done < source.size(); done += kPart) {
    const auto part =
        source.subspan(done, std::min(kPart, source.size() - done));
    std::memcpy(loader->bytes_.data() + done, part.data(), part.size());
    file->release(part);
  }
  return loader;
}

FileInMemory::~FileInMemory() { ::munmap(bytes_.data(), bytes_.size()); }

bool FileInMemory::contains(std::size_t offset, std::size_t size) const {
  return offset <= bytes_.size() && size <= bytes_.size() - offset;
}

executorch::runtime::Result<FreeableBuffer> FileInMemory::load(
    std::size_t offset, std::size_t size,
    const SegmentInfo& /*segment*/) const {
  if (!contains(offset, size)) return Error::InvalidArgument;
  return FreeableBuffer(bytes_.data() + offset, size, nullptr);
}

Error FileInMemory::load_into(std::size_t offset, std::size_t size,
                              const SegmentInfo& /*segment*/,
                              void* buffer) const {
  if (!contains(offset, size)) return Error::InvalidArgument;
  std::memcpy(buffer, bytes_.data() + offset, size);
  return Error::Ok;
}

executorch::runtime::Result<std::size_t> FileInMemory::size() const {
  return bytes_.size();
}

}  // namespace etllm::runner
