#include "base/file_writer.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

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

}  // namespace
}  // namespace etllm
