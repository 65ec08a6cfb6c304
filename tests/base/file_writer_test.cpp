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

/// What is written at once.
constexpr std::size_t kPiece = std::size_t{2} << 20;

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

class FileWriterTest : public testing::Test {
 protected:
  Result<FileWriter> create() const {
    Result<FileWriter> writer = FileWriter::create(path_);
    EXPECT_TRUE(writer.ok()) << writer.status().message();
    return writer;
  }

  TemporaryDirectory directory_;
  const std::string path_ = directory_.path() / "out.bin";
};

TEST_F(FileWriterTest, CommittedFileHasItsNameAndItsBytes) {
  {
    Result<FileWriter> writer = create();
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE(writer->append(bytes_of("abc")).ok());
    ASSERT_TRUE(writer->pad_to(8).ok());
    EXPECT_EQ(writer->position(), 8u);
    EXPECT_FALSE(std::filesystem::exists(path_));
    ASSERT_TRUE(writer->commit().ok());
  }
  EXPECT_EQ(read_file(path_), std::string("abc\0\0\0\0\0", 8));
  EXPECT_EQ(directory_.entry_count(), 1u);
}

TEST_F(FileWriterTest, WithoutCommitNothingIsLeftAndTheOldFileStays) {
  std::ofstream(path_) << "old";
  {
    Result<FileWriter> writer = create();
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE(writer->append(bytes_of("new")).ok());
  }
  EXPECT_EQ(read_file(path_), "old");
  EXPECT_EQ(directory_.entry_count(), 1u);
}

TEST_F(FileWriterTest, ReservedSpaceIsTrimmedByCommit) {
  Result<FileWriter> writer = create();
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE(writer->reserve(1 << 20).ok());
  ASSERT_TRUE(writer->append(bytes_of("abc")).ok());
  ASSERT_TRUE(writer->commit().ok());
  EXPECT_EQ(std::filesystem::file_size(path_), 3u);
}

TEST_F(FileWriterTest, DirectoryThatDoesNotExistIsNamedInTheError) {
  const Result<FileWriter> writer = FileWriter::create("/nowhere/out.bin");
  ASSERT_FALSE(writer.ok());
  EXPECT_EQ(writer.status().code(), StatusCode::kIoError);
  EXPECT_NE(writer.status().message().find("/nowhere/out.bin"),
            std::string::npos);
}

TEST_F(FileWriterTest, RefusesToReplaceWhatIsNotAFile) {
  EXPECT_EQ(FileWriter::create("/dev/null").status().code(),
            StatusCode::kInvalidArgument);
}

TEST_F(FileWriterTest, SpaceThatIsMissingIsFoundWhenItIsReserved) {
  {
    Result<FileWriter> writer = create();
    ASSERT_TRUE(writer.ok());
    const FileSizeLimit limit(1 << 16);
    const Status status = writer->reserve(1 << 20);
    EXPECT_EQ(status.code(), StatusCode::kIoError);
    EXPECT_NE(status.message().find("out.bin"), std::string::npos);
  }
  EXPECT_EQ(directory_.entry_count(), 0u);
}

TEST_F(FileWriterTest, AWriteThatFailsIsToldByCommitAndLeavesNothing) {
  for (const std::size_t size : {std::size_t{1} << 20, kPiece, 2 * kPiece}) {
    Result<FileWriter> writer = create();
    ASSERT_TRUE(writer.ok());
    const FileSizeLimit limit(1 << 16);
    // Large ones may be refused at once, and then commit tells it again.
    static_cast<void>(writer->append(bytes_of(std::string(size, 'x'))));
    const Status status = writer->commit();
    EXPECT_EQ(status.code(), StatusCode::kIoError);
    EXPECT_NE(status.message().find("out.bin"), std::string::npos);
  }
  EXPECT_EQ(directory_.entry_count(), 0u);
}

TEST_F(FileWriterTest, AWriteThatFailsStopsALongFile) {
  {
    Result<FileWriter> writer = create();
    ASSERT_TRUE(writer.ok());
    const FileSizeLimit limit(3 << 20);
    const std::string megabyte(1 << 20, 'x');
    std::size_t appended = 0;
    while (appended < 8 && writer->append(bytes_of(megabyte)).ok()) ++appended;
    EXPECT_GE(appended, 3u);
    EXPECT_LT(appended, 8u);
  }
  EXPECT_EQ(directory_.entry_count(), 0u);
}

TEST_F(FileWriterTest, BytesKeepTheirOrderHoweverTheyAreCut) {
  const std::size_t sizes[] = {1, kPiece - 1,     kPiece, 1,      kPiece - 2,
                               1, 2 * kPiece + 3, 0,      kPiece, 5};
  Result<FileWriter> writer = create();
  ASSERT_TRUE(writer.ok());
  std::string expected;
  for (const std::size_t size : sizes) {
    std::string part(size, ' ');
    for (std::size_t i = 0; i < size; ++i) {
      // A prime period, so that no two pieces are alike.
      part[i] = static_cast<char>((expected.size() + i) % 251);
    }
    ASSERT_TRUE(writer->append(bytes_of(part)).ok());
    expected += part;
    EXPECT_EQ(writer->position(), expected.size());
  }
  ASSERT_TRUE(writer->commit().ok());
  EXPECT_TRUE(read_file(path_) == expected);
}

TEST_F(FileWriterTest, AFileMayEndWithAPiece) {
  Result<FileWriter> writer = create();
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE(writer->reserve(3 * kPiece).ok());
  ASSERT_TRUE(writer->append(bytes_of("a")).ok());
  ASSERT_TRUE(writer->pad_to(kPiece).ok());
  EXPECT_EQ(writer->position(), kPiece);
  ASSERT_TRUE(writer->pad_to(kPiece).ok());
  ASSERT_TRUE(writer->commit().ok());
  std::string expected(kPiece, '\0');
  expected[0] = 'a';
  EXPECT_TRUE(read_file(path_) == expected);
}

TEST_F(FileWriterTest, MovedWriterGoesOnWriting) {
  Result<FileWriter> first = create();
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(first->append(bytes_of("a")).ok());
  FileWriter second = *std::move(first);
  ASSERT_TRUE(second.append(bytes_of("b")).ok());
  ASSERT_TRUE(second.commit().ok());
  EXPECT_EQ(read_file(path_), "ab");
}

}  // namespace
}  // namespace etllm
