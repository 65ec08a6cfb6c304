#pragma once

// A file in memory as a whole, mapped or read.
//
//   Result<MappedFile> file = MappedFile::open("model.gguf");
//   std::span<const std::byte> bytes = file->bytes();

#include <cstddef>
#include <span>
#include <string>

#include "base/status.h"

namespace etllm {

/// Owns one mapping; movable, not copyable. The bytes stay valid for the
/// lifetime of the object. Reading from several threads is safe.
class MappedFile {
 public:
  /// Fails with kNotFound or kIoError and a sentence that names `path`;
  /// directories and other special files are refused. An empty file gives an
  /// empty span.
  static Result<MappedFile> open(const std::string& path);

  /// Reads the file into memory of this process, in large pages where the
  /// system has them for programs that ask; reading takes the time that a
  /// mapping saves. Fails as `open` does, and with kIoError without the memory.
  static Result<MappedFile> read(const std::string& path);

  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return bytes_; }
  const std::string& path() const { return path_; }

  /// Asks the system to read what is not in memory yet, in large pages where
  /// the file system has them, and does not wait. The pages of a file are as
  /// large as its first reader asked for: call it before anything is read.
  void read_ahead() const;

  /// Keeps `part` of `bytes()` in RAM as long as the object lives. False when
  /// the system refuses, as it does beyond the limit of locked memory.
  bool lock(std::span<const std::byte> part) const;

  /// Tells the system that `part` of `bytes()` is not needed any more, so that
  /// it stops counting as memory of this process. Later reads still work: what
  /// was read into memory stays there.
  void release(std::span<const std::byte> part) const;

 private:
  enum class Source { kMapping, kCopy };

  MappedFile(std::string path, std::span<const std::byte> bytes, Source source)
      : path_(std::move(path)), bytes_(bytes), source_(source) {}

  std::string path_;
  std::span<const std::byte> bytes_;
  Source source_;
};

}  // namespace etllm
