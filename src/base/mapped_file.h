#pragma once

// A file mapped read-only into memory.
//
//   Result<MappedFile> file = MappedFile::open("model.gguf");
//   std::span<const std::byte> bytes = file->bytes();

#include <cstddef>
#include <span>
#include <string>

#include "base/status.h"

namespace etllm {

/// Owns one read-only mapping; movable, not copyable. The bytes stay valid for
/// the lifetime of the object. Reading from several threads is safe.
class MappedFile {
 public:
  /// Fails with kNotFound or kIoError and a sentence that names `path`;
  /// directories and other special files are refused. An empty file gives an
  /// empty span.
  static Result<MappedFile> open(const std::string& path);

  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return bytes_; }
  const std::string& path() const { return path_; }

  /// Asks the system to read what is not in memory yet, and does not wait.
  void read_ahead() const;

  /// Tells the system that `part` of `bytes()` is not needed any more, so that
  /// it stops counting as memory of this process. Later reads still work.
  void release(std::span<const std::byte> part) const;

 private:
  MappedFile(std::string path, std::span<const std::byte> bytes)
      : path_(std::move(path)), bytes_(bytes) {}

  std::string path_;
  std::span<const std::byte> bytes_;
};

}  // namespace etllm
