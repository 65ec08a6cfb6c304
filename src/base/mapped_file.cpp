#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <system_error>
#include <utility>

#include "base/large_pages.h"

namespace etllm {
namespace {

/// Closes a file descriptor at the end of a scope.
class ScopedFd {
 public:
  explicit ScopedFd(int fd) : fd_(fd) {}
  ScopedFd(const ScopedFd&) = delete;
  ScopedFd& operator=(const ScopedFd&) = delete;
  ~ScopedFd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

std::string error_text(int error) {
  return std::generic_category().message(error);
}

Status open_failure(const std::string& path, int error) {
  const std::string message =
      "cannot open '" + path + "': " + error_text(error);
  if (error == ENOENT || error == ENOTDIR) {
    return not_found(message + "; check the path");
  }
  return io_error(message + "; check that the file can be read");
}

std::uintptr_t page_size() {
  return static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

Result<MappedFile> MappedFile::open(const std::string& path) {
  // O_NONBLOCK keeps a named pipe without a writer from blocking us forever.
  const ScopedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0) return open_failure(path, errno);

  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return open_failure(path, errno);
  if (!S_ISREG(info.st_mode)) {
    return invalid_argument("'" + path +
                            "' is not a regular file; give the path of a file");
  }
  const auto size = static_cast<std::size_t>(info.st_size);
  if (size == 0) return MappedFile(path, {}, Source::kMapping);

  void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (data == MAP_FAILED) {
    return io_error("cannot map '" + path +
                    "' into memory: " + error_text(errno));
  }
  return MappedFile(path, {static_cast<const std::byte*>(data), size},
                    Source::kMapping);
}

Result<MappedFile> MappedFile::read(const std::string& path) {
  const Result<MappedFile> file = open(path);
  if (!file.ok()) return file.status();
  const auto source = file->bytes();
  if (source.empty()) return MappedFile(path, {}, Source::kCopy);
  void* const data = ::mmap(nullptr, source.size(), PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) {
    return io_error("there is not enough memory for '" + path +
                    "': " + error_text(errno));
  }
  auto* const bytes = static_cast<std::byte*>(data);
  MappedFile copy(path, {bytes, source.size()}, Source::kCopy);
  ask_for_large_pages(data, source.size());
  file->read_ahead();
  // In parts, so that the file's own pages are never in memory as a whole too.
  constexpr std::size_t kPart = std::size_t{16} << 20;
  for (std::size_t done = 0; done < source.size(); done += kPart) {
    const auto part =
        source.subspan(done, std::min(kPart, source.size() - done));
    std::memcpy(bytes + done, part.data(), part.size());
    file->release(part);
  }
  return copy;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : path_(std::move(other.path_)),
      bytes_(std::exchange(other.bytes_, {})),
      source_(other.source_) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(bytes_, other.bytes_);
  std::swap(source_, other.source_);
  return *this;
}

MappedFile::~MappedFile() {
  if (bytes_.empty()) return;
  // munmap takes a mutable pointer although it writes nothing.
  ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

void MappedFile::read_ahead() const {
  if (bytes_.empty()) return;
  // madvise takes a mutable pointer although it writes nothing.
  auto* const data = const_cast<std::byte*>(bytes_.data());
  ask_for_large_pages(data, bytes_.size());
  ::madvise(data, bytes_.size(), MADV_WILLNEED);
}

bool MappedFile::lock(std::span<const std::byte> part) const {
  // Whole pages, as some systems take nothing else.
  const std::size_t lead =
      reinterpret_cast<std::uintptr_t>(part.data()) % page_size();
  return ::mlock(part.data() - lead, part.size() + lead) == 0;
}

void MappedFile::release(std::span<const std::byte> part) const {
  // The system would drop what is nowhere else.
  if (source_ == Source::kCopy) return;
  const std::uintptr_t page = page_size();
  const auto address = reinterpret_cast<std::uintptr_t>(part.data());
  // Only whole pages inside the part: its neighbours may still be in use.
  const std::size_t lead = (page - address % page) % page;
  if (part.size() < lead + page) return;
  const std::size_t whole = (part.size() - lead) / page * page;
  ::madvise(const_cast<std::byte*>(part.data() + lead), whole, MADV_DONTNEED);
}

}  // namespace etllm
