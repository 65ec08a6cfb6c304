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

TEST(MappedFile, GivesTheBytesOfTheFile) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "in.bin";
  std::ofstream(path) << "hello";
  const Result<MappedFile> file = MappedFile::open(path);
  ASSERT_TRUE(file.ok()) << file.status().message();
  ASSERT_EQ(file->bytes().size(), 5u);
  EXPECT_EQ(static_cast<char>(file->bytes()[4]), 'o');
}

TEST(MappedFile, AReadFileKeepsItsBytesWhateverBecomesOfTheFile) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "in.bin";
  // Larger than the part that is read at once.
  std::string content(std::size_t{17} << 20, 'x');
  for (std::size_t i = 0; i < content.size(); i += 4095) {
    content[i] = static_cast<char>(i);
  }
  std::ofstream(path, std::ios::binary) << content;
  const Result<MappedFile> file = MappedFile::read(path);
  ASSERT_TRUE(file.ok()) << file.status().message();
  std::ofstream(path, std::ios::binary) << "another";
  const auto bytes = file->bytes();
  ASSERT_EQ(bytes.size(), content.size());
  EXPECT_EQ(std::memcmp(bytes.data(), content.data(), content.size()), 0);
  EXPECT_EQ(file->path(), path);
}

TEST(MappedFile, ReadingRefusesWhatMappingRefuses) {
  const TemporaryDirectory directory;
  const auto empty = directory.path() / "in.bin";
  const std::ofstream created(empty);
  EXPECT_TRUE(MappedFile::read(empty)->bytes().empty());
  EXPECT_EQ(MappedFile::read("/nowhere/in.bin").status().code(),
            StatusCode::kNotFound);
  EXPECT_EQ(MappedFile::read(directory.path()).status().code(),
            StatusCode::kInvalidArgument);
}

TEST(MappedFile, PartsThatAreReadAheadOrLockedKeepTheirBytes) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "in.bin";
  std::ofstream(path) << std::string(20'000, 'x');
  const Result<MappedFile> file = MappedFile::open(path);
  ASSERT_TRUE(file.ok());
  file->read_ahead();
  for (const std::size_t start : {0u, 1u, 4096u, 19'999u}) {
    EXPECT_TRUE(file->lock(file->bytes().subspan(start)));
  }
  for (const std::byte byte : file->bytes()) {
    ASSERT_EQ(static_cast<char>(byte), 'x');
  }
}

TEST(MappedFile, ReleasedBytesCanStillBeRead) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "in.bin";
  std::ofstream(path) << std::string(100'000, 'x');
  for (const auto open : {MappedFile::open, MappedFile::read}) {
    const Result<MappedFile> file = open(path);
    ASSERT_TRUE(file.ok());
    file->release(file->bytes());
    EXPECT_EQ(static_cast<char>(file->bytes()[50'000]), 'x');
  }
}

TEST(MappedFile, EmptyFileGivesNoBytes) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "in.bin";
  const std::ofstream created(path);
  const Result<MappedFile> file = MappedFile::open(path);
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE(file->bytes().empty());
}

TEST(MappedFile, MissingFileAndDirectoryAreErrorsThatNameThePath) {
  const TemporaryDirectory directory;
  const Result<MappedFile> missing = MappedFile::open("/nowhere/in.bin");
  EXPECT_EQ(missing.status().code(), StatusCode::kNotFound);
  EXPECT_NE(missing.status().message().find("/nowhere/in.bin"),
            std::string::npos);
  EXPECT_EQ(MappedFile::open(directory.path()).status().code(),
            StatusCode::kInvalidArgument);
}

TEST(MappedFile, AnyPartCanBeReleased) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "in.bin";
  std::ofstream(path) << std::string(20'000, 'x');
  const Result<MappedFile> file = MappedFile::open(path);
  ASSERT_TRUE(file.ok());
  for (const std::size_t start : {0u, 1u, 4095u, 4096u, 4097u, 19'999u}) {
    for (const std::size_t size : {0u, 1u, 4096u, 8192u}) {
      const std::size_t end = std::min(start + size, file->bytes().size());
      file->release(file->bytes().subspan(start, end - start));
    }
  }
  for (const std::byte byte : file->bytes()) {
    ASSERT_EQ(static_cast<char>(byte), 'x');
  }
}

TEST(MappedFile, MovedFileKeepsItsBytes) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "in.bin";
  std::ofstream(path) << "hello";
  Result<MappedFile> opened = MappedFile::open(path);
  ASSERT_TRUE(opened.ok());
  const MappedFile file = *std::move(opened);
  ASSERT_EQ(file.bytes().size(), 5u);
  EXPECT_EQ(static_cast<char>(file.bytes()[0]), 'h');
  EXPECT_EQ(file.path(), path);
}

}  // namespace
}  // namespace etllm
