#pragma once

// A file that appears whole or not at all: bytes go to a temporary file beside
// the final path, and `commit()` renames it. Without a commit the temporary
// file is removed.
//
//   Result<FileWriter> writer = FileWriter::create("model.pte");
//   Status status = writer->append(bytes);
//   if (status.ok()) status = writer->commit();
//
// It is written in aligned pieces of 2 MiB: file systems with large folios then
// keep it in pages of that size, and so can everybody who maps it.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/status.h"

namespace etllm {

/// Owns the temporary file; movable, not copyable; one thread at a time.
class FileWriter {
 public:
  /// Creates the temporary file in the directory of `path`. Fails with
  /// kIoError when the directory cannot be written to.
  static Result<FileWriter> create(const std::string& path);

  FileWriter(FileWriter&& other) noexcept;
  FileWriter& operator=(FileWriter&& other) noexcept;
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;
  /// Removes the temporary file unless `commit()` succeeded.
  ~FileWriter();

  /// Reserves disk space for `size_bytes`, so that a full disk is found before
  /// the work and not after it. File systems that cannot reserve are accepted.
  Status reserve(std::uint64_t size_bytes);

  /// Appends at the current end. What cannot be written may be told by a later
  /// call, at last by `commit()`.
  Status append(std::span<const std::byte> bytes);

  /// Appends zero bytes until `position()` is a multiple of `alignment`.
  Status pad_to(std::uint64_t alignment);

  /// Bytes appended so far, written or not.
  std::uint64_t position() const { return position_; }

  /// Writes the rest, trims the file to `position()`, syncs it to disk and
  /// gives it its final name, replacing an older file of that name.
  Status commit();

 private:
  FileWriter(int fd, std::string path, std::string temporary_path);
  Status flush();
  Status write_failure(int error) const;
  void discard();

  int fd_ = -1;
  std::string path_;
  std::string temporary_path_;
  /// The piece that `position_` lies in or ends; the bytes from `written_` on
  /// are not in the file yet.
  std::unique_ptr<std::byte[]> piece_;
  std::uint64_t written_ = 0;
  std::uint64_t position_ = 0;
};

}  // namespace etllm
