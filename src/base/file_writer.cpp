#include "base/file_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>

namespace etllm {
namespace {

// A large page of x86-64 and of AArch64 with pages of 4 KiB.
constexpr std::size_t kPieceBytes = std::size_t{2} << 20;

std::string error_text(int error) {
  return std::generic_category().message(error);
}

/// The permissions a newly created file gets; mkstemp's 0600 would surprise.
mode_t default_file_mode() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

}  // namespace

Result<FileWriter> FileWriter::create(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    return invalid_argument("cannot write '" + path +
                            "': it exists and is not a regular file; choose "
                            "another output path");
  }
  std::string temporary_path = path + ".XXXXXX";
  const int fd = ::mkostemp(temporary_path.data(), O_CLOEXEC);
  if (fd < 0) {
    return io_error("cannot write '" + path + "': " + error_text(errno) +
                    "; choose an output in a directory that exists and that "
                    "you may write to");
  }
  if (::fchmod(fd, default_file_mode()) != 0) {
    // The file keeps mkstemp's permissions; nothing else depends on them.
  }
  return FileWriter(fd, path, std::move(temporary_path));
}

FileWriter::FileWriter(int fd, std::string path, std::string temporary_path)
    : fd_(fd),
      path_(std::move(path)),
      temporary_path_(std::move(temporary_path)),
      // Memory that is never written costs nothing.
      piece_(std::make_unique_for_overwrite<std::byte[]>(kPieceBytes)) {}

FileWriter::FileWriter(FileWriter&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)),
      temporary_path_(std::move(other.temporary_path_)),
      piece_(std::move(other.piece_)),
      written_(other.written_),
      position_(other.position_) {}

FileWriter& FileWriter::operator=(FileWriter&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  std::swap(temporary_path_, other.temporary_path_);
  std::swap(piece_, other.piece_);
  std::swap(written_, other.written_);
  std::swap(position_, other.position_);
  return *this;
}

FileWriter::~FileWriter() { discard(); }

void FileWriter::discard() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(temporary_path_.c_str());
  fd_ = -1;
}

Status FileWriter::write_failure(int error) const {
  const std::string message =
      "cannot write '" + path_ + "': " + error_text(error);
  if (error == ENOSPC || error == EDQUOT) {
    return io_error(message + "; free some space or choose another disk");
  }
  return io_error(message);
}

Status FileWriter::reserve(std::uint64_t size_bytes) {
  const int error = ::posix_fallocate(fd_, 0, static_cast<off_t>(size_bytes));
  const bool cannot_reserve =
      error == EOPNOTSUPP || error == EINVAL || error == ENOSYS;
  if (error == 0 || cannot_reserve) return {};
  return write_failure(error);
}

Status FileWriter::append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto filled = static_cast<std::size_t>(position_ % kPieceBytes);
    if (filled == 0) {
      const Status status = flush();
      if (!status.ok()) return status;
    }
    const std::size_t part = std::min(bytes.size(), kPieceBytes - filled);
    std::memcpy(piece_.get() + filled, bytes.data(), part);
    position_ += part;
    bytes = bytes.subspan(part);
  }
  return {};
}

Status FileWriter::flush() {
  while (written_ < position_) {
    const ssize_t written =
        ::write(fd_, piece_.get() + written_ % kPieceBytes,
                static_cast<std::size_t>(position_ - written_));
    if (written < 0) {
      if (errno == EINTR) continue;
      return write_failure(errno);
    }
    written_ += static_cast<std::uint64_t>(written);
  }
  return {};
}

Status FileWriter::pad_to(std::uint64_t alignment) {
  static constexpr std::array<std::byte, 4096> kZeros{};
  std::uint64_t missing = (alignment - position_ % alignment) % alignment;
  while (missing > 0) {
    const auto part = std::min<std::uint64_t>(missing, kZeros.size());
    Status status = append(std::span(kZeros).first(part));
    if (!status.ok()) return status;
    missing -= part;
  }
  return {};
}

Status FileWriter::commit() {
  const Status status = flush();
  if (!status.ok()) return status;
  if (::ftruncate(fd_, static_cast<off_t>(position_)) != 0 ||
      ::fsync(fd_) != 0) {
    return write_failure(errno);
  }
  if (std::rename(temporary_path_.c_str(), path_.c_str()) != 0) {
    return write_failure(errno);
  }
  ::close(fd_);
  fd_ = -1;
  return {};
}

}  // namespace etllm
