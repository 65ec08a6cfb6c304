#include "base/mapped_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <string>
#include <utility>

#include "support/temporary_directory.h"

namespace etllm {
namespace {

class MappedFileTest : public testing::Test {
 protected:
  void write(const std::string& content) const {
    std::ofstream(path_, std::ios::binary) << content;
  }

  Result<MappedFile> open(const std::string& content) const {
    write(content);
    Result<MappedFile> file = MappedFile::open(path_);
    EXPECT_TRUE(file.ok()) << file.status().message();
    return file;
  }

  TemporaryDirectory directory_;
  const std::string path_ = directory_.path() / "in.bin";
};

void expect_only(char content, const MappedFile& file) {
  for (const std::byte byte : file.bytes()) {
    ASSERT_EQ(static_cast<char>(byte), content);
  }
}

TEST_F(MappedFileTest, GivesTheBytesOfTheFile) {
  const Result<MappedFile> file = open("hello");
  ASSERT_TRUE(file.ok());
  ASSERT_EQ(file->bytes().size(), 5u);
  EXPECT_EQ(static_cast<char>(file->bytes()[4]), 'o');
}

TEST_F(MappedFileTest, AReadFileKeepsItsBytesWhateverBecomesOfTheFile) {
  // Larger than the part that is read at once.
  std::string content(std::size_t{17} << 20, 'x');
  for (std::size_t i = 0; i < content.size(); i += 4095) {
    content[i] = static_cast<char>(i);
  }
  write(content);
  const Result<MappedFile> file = MappedFile::read(path_);
  ASSERT_TRUE(file.ok()) << file.status().message();
  write("another");
  const auto bytes = file->bytes();
  ASSERT_EQ(bytes.size(), content.size());
  EXPECT_EQ(std::memcmp(bytes.data(), content.data(), content.size()), 0);
  EXPECT_EQ(file->path(), path_);
}

TEST_F(MappedFileTest, ReadingRefusesWhatMappingRefuses) {
  write("");
  EXPECT_TRUE(MappedFile::read(path_)->bytes().empty());
  EXPECT_EQ(MappedFile::read("/nowhere/in.bin").status().code(),
            StatusCode::kNotFound);
  EXPECT_EQ(MappedFile::read(directory_.path()).status().code(),
            StatusCode::kInvalidArgument);
}

TEST_F(MappedFileTest, PartsThatAreReadAheadOrLockedKeepTheirBytes) {
  const Result<MappedFile> file = open(std::string(20'000, 'x'));
  ASSERT_TRUE(file.ok());
  file->read_ahead();
  for (const std::size_t start : {0u, 1u, 4096u, 19'999u}) {
    EXPECT_TRUE(file->lock(file->bytes().subspan(start)));
  }
  expect_only('x', *file);
}

TEST_F(MappedFileTest, ReleasedBytesCanStillBeRead) {
  write(std::string(100'000, 'x'));
  for (const auto open_or_read : {MappedFile::open, MappedFile::read}) {
    const Result<MappedFile> file = open_or_read(path_);
    ASSERT_TRUE(file.ok());
    file->release(file->bytes());
    EXPECT_EQ(static_cast<char>(file->bytes()[50'000]), 'x');
  }
}

TEST_F(MappedFileTest, EmptyFileGivesNoBytes) {
  const Result<MappedFile> file = open("");
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE(file->bytes().empty());
}

TEST_F(MappedFileTest, MissingFileAndDirectoryAreErrorsThatNameThePath) {
  const Result<MappedFile> missing = MappedFile::open("/nowhere/in.bin");
  EXPECT_EQ(missing.status().code(), StatusCode::kNotFound);
  EXPECT_NE(missing.status().message().find("/nowhere/in.bin"),
            std::string::npos);
  EXPECT_EQ(MappedFile::open(directory_.path()).status().code(),
            StatusCode::kInvalidArgument);
}

TEST_F(MappedFileTest, AnyPartCanBeReleased) {
  const Result<MappedFile> file = open(std::string(20'000, 'x'));
  ASSERT_TRUE(file.ok());
  for (const std::size_t start : {0u, 1u, 4095u, 4096u, 4097u, 19'999u}) {
    for (const std::size_t size : {0u, 1u, 4096u, 8192u}) {
      const std::size_t end = std::min(start + size, file->bytes().size());
      file->release(file->bytes().subspan(start, end - start));
    }
  }
  expect_only('x', *file);
}

TEST_F(MappedFileTest, MovedFileKeepsItsBytes) {
  Result<MappedFile> opened = open("hello");
  ASSERT_TRUE(opened.ok());
  const MappedFile file = *std::move(opened);
  ASSERT_EQ(file.bytes().size(), 5u);
  EXPECT_EQ(static_cast<char>(file.bytes()[0]), 'h');
  EXPECT_EQ(file.path(), path_);
}

}  // namespace
}  // namespace etllm
