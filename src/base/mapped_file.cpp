#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

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
  if (size == 0) return MappedFile(path, {});

  void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (data == MAP_FAILED) {
    return io_error("cannot map '" + path +
                    "' into memory: " + error_text(errno));
  }
  return MappedFile(path, {static_cast<const std::byte*>(data), size});
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : path_(std::move(other.path_)), bytes_(std::exchange(other.bytes_, {})) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

MappedFile::~MappedFile() {
  if (bytes_.empty()) return;
  // munmap takes a mutable pointer although it writes nothing.
  ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

void MappedFile::read_ahead() const {
  if (bytes_.empty()) return;
  ::madvise(const_cast<std::byte*>(bytes_.data()), bytes_.size(),
            MADV_WILLNEED);
}

void MappedFile::release(std::span<const std::byte> part) const {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto address = reinterpret_cast<std::uintptr_t>(part.data());
  // Only whole pages inside the part: its neighbours may still be in use.
  const std::size_t lead = (page - address % page) % page;
  if (part.size() < lead + page) return;
  const std::size_t whole = (part.size() - lead) / page * page;
  ::madvise(const_cast<std::byte*>(part.data() + lead), whole, MADV_DONTNEED);
}

}  // namespace etllm
