#include "base/file_writer.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "support/temporary_directory.h"

namespace etllm {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Lets no file grow beyond `bytes`, as a full disk would.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes)
      : old_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_limit_);
    const rlimit limit = {bytes, old_limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_limit_);
    std::signal(SIGXFSZ, old_handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  void (*old_handler_)(int);
  rlimit old_limit_{};
};

TEST(FileWriter, CommittedFileHasItsNameAndItsBytes) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "out.bin";
  {
    Result<FileWriter> writer = FileWriter::create(path);
    ASSERT_TRUE(writer.ok()) << writer.status().message();
    ASSERT_TRUE(writer->append(bytes_of("abc")).ok());
    ASSERT_TRUE(writer->pad_to(8).ok());
    EXPECT_EQ(writer->position(), 8u);
    EXPECT_FALSE(std::filesystem::exists(path));
    ASSERT_TRUE(writer->commit().ok());
  }
  EXPECT_EQ(read_file(path), std::string("abc\0\0\0\0\0", 8));
  EXPECT_EQ(directory.entry_count(), 1u);
}

TEST(FileWriter, WithoutCommitNothingIsLeftAndTheOldFileStays) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "out.bin";
  std::ofstream(path) << "old";
  {
    Result<FileWriter> writer = FileWriter::create(path);
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE(writer->append(bytes_of("new")).ok());
  }
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(directory.entry_count(), 1u);
}

TEST(FileWriter, ReservedSpaceIsTrimmedByCommit) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "out.bin";
  Result<FileWriter> writer = FileWriter::create(path);
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE(writer->reserve(1 << 20).ok());
  ASSERT_TRUE(writer->append(bytes_of("abc")).ok());
  ASSERT_TRUE(writer->commit().ok());
  EXPECT_EQ(std::filesystem::file_size(path), 3u);
}

TEST(FileWriter, DirectoryThatDoesNotExistIsNamedInTheError) {
  const Result<FileWriter> writer = FileWriter::create("/nowhere/out.bin");
  ASSERT_FALSE(writer.ok());
  EXPECT_EQ(writer.status().code(), StatusCode::kIoError);
  EXPECT_NE(writer.status().message().find("/nowhere/out.bin"),
            std::string::npos);
}

TEST(FileWriter, RefusesToReplaceWhatIsNotAFile) {
  EXPECT_EQ(FileWriter::create("/dev/null").status().code(),
            StatusCode::kInvalidArgument);
}

TEST(FileWriter, SpaceThatIsMissingIsFoundWhenItIsReserved) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "out.bin";
  {
    Result<FileWriter> writer = FileWriter::create(path);
    ASSERT_TRUE(writer.ok());
    const FileSizeLimit limit(1 << 16);
    const Status status = writer->reserve(1 << 20);
    EXPECT_EQ(status.code(), StatusCode::kIoError);
    EXPECT_NE(status.message().find("out.bin"), std::string::npos);
  }
  EXPECT_EQ(directory.entry_count(), 0u);
}

TEST(FileWriter, AWriteThatFailsLeavesNothing) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "out.bin";
  {
    Result<FileWriter> writer = FileWriter::create(path);
    ASSERT_TRUE(writer.ok());
    const FileSizeLimit limit(1 << 16);
    const Status status = writer->append(bytes_of(std::string(1 << 20, 'x')));
    EXPECT_EQ(status.code(), StatusCode::kIoError);
  }
  EXPECT_EQ(directory.entry_count(), 0u);
}

TEST(FileWriter, MovedWriterGoesOnWriting) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "out.bin";
  Result<FileWriter> first = FileWriter::create(path);
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(first->append(bytes_of("a")).ok());
  FileWriter second = *std::move(first);
  ASSERT_TRUE(second.append(bytes_of("b")).ok());
  ASSERT_TRUE(second.commit().ok());
  EXPECT_EQ(read_file(path), "ab");
}

}  // namespace
}  // namespace etllm
