// How the runtime gets at the bytes of a model.

#include "runner/file_loader.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <utility>

#include "runner/assemble_runner.h"
#include "runner/tiny_model.h"
#include "support/temporary_directory.h"

namespace etllm {
namespace {

using executorch::extension::Module;
using executorch::runtime::Error;
using runner::FileLoader;
using Lock = FileLoader::Lock;
using LoadMode = Module::LoadMode;
using SegmentInfo = executorch::runtime::DataLoader::SegmentInfo;

constexpr LoadMode kLoadModes[] = {
    LoadMode::File, LoadMode::Mmap, LoadMode::MmapUseMlock,
    LoadMode::MmapUseMlockIgnoreErrors, LoadMode::MmapUseMadvise};

/// Lets this process lock no memory, whatever its rights.
class NoLockedMemory {
 public:
  NoLockedMemory() {
    ::getrlimit(RLIMIT_MEMLOCK, &old_limit_);
    const rlimit limit = {0, old_limit_.rlim_max};
    ::setrlimit(RLIMIT_MEMLOCK, &limit);
    // The limit does not bind root.
    if (old_user_ == 0 && ::seteuid(65534) != 0) return;
    // Under a sanitizer, every lock succeeds and locks nothing.
    is_bound_ = ::mlock(&is_bound_, 1) != 0;
  }
  ~NoLockedMemory() {
    if (old_user_ == 0) {
      EXPECT_EQ(::seteuid(0), 0);
    }
    ::setrlimit(RLIMIT_MEMLOCK, &old_limit_);
  }
  NoLockedMemory(const NoLockedMemory&) = delete;
  NoLockedMemory& operator=(const NoLockedMemory&) = delete;

  bool is_bound() const { return is_bound_; }

 private:
  uid_t old_user_ = ::geteuid();
  rlimit old_limit_{};
  bool is_bound_ = false;
};

class FileLoaderTest : public testing::Test {
 protected:
  std::string write(const std::string& content) const {
    const std::string path = directory_.path() / "model.pte";
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

  FileLoader open(const std::string& content, Lock lock = Lock::kNo) const {
    auto file = MappedFile::open(write(content));
    EXPECT_TRUE(file.ok()) << file.status().message();
    return FileLoader(*std::move(file), lock);
  }

  TemporaryDirectory directory_;
  SegmentInfo segment_{SegmentInfo::Type::Constant};
};

TEST_F(FileLoaderTest, GivesThePartsOfTheFile) {
  const FileLoader loader = open("hello world");
  EXPECT_EQ(loader.size().get(), 11U);
  const auto part = loader.load(6, 5, segment_);
  ASSERT_TRUE(part.ok());
  EXPECT_EQ(std::string(static_cast<const char*>(part->data()), part->size()),
            "world");
  std::string copy(5, ' ');
  ASSERT_EQ(loader.load_into(0, 5, segment_, copy.data()), Error::Ok);
  EXPECT_EQ(copy, "hello");
}

TEST_F(FileLoaderTest, APartThatWasFreedCanBeLoadedAgain) {
  const FileLoader loader = open(std::string(100'000, 'x'));
  for (int i = 0; i < 2; ++i) {
    auto part = loader.load(10, 90'000, segment_);
    ASSERT_TRUE(part.ok());
    EXPECT_EQ(static_cast<const char*>(part->data())[50'000], 'x');
    part->Free();
  }
}

TEST_F(FileLoaderTest, APartOutlivesItsLoader) {
  std::optional<FileLoader> loader(open(std::string(100'000, 'x')));
  auto part = loader->load(10, 90'000, segment_);
  ASSERT_TRUE(part.ok());
  loader.reset();
  EXPECT_EQ(static_cast<const char*>(part->data())[50'000], 'x');
  part->Free();
}

TEST_F(FileLoaderTest, AnEmptyPartMayLieAnywhereInTheFile) {
  const FileLoader loader = open("hello");
  for (const std::size_t offset : {0, 3, 5}) {
    const auto part = loader.load(offset, 0, segment_);
    ASSERT_TRUE(part.ok());
    EXPECT_EQ(part->size(), 0U);
    EXPECT_EQ(loader.load_into(offset, 0, segment_, nullptr), Error::Ok);
  }
}

TEST_F(FileLoaderTest, RefusesPartsOutsideOfTheFile) {
  const std::pair<std::size_t, std::size_t> parts[] = {
      {0, 6}, {5, 1}, {6, 0}, {1, SIZE_MAX}, {SIZE_MAX, 1}, {SIZE_MAX, 2}};
  const FileLoader loader = open("hello");
  char byte = 'x';
  for (const auto& [offset, size] : parts) {
    EXPECT_EQ(loader.load(offset, size, segment_).error(),
              Error::InvalidArgument);
    EXPECT_EQ(loader.load_into(offset, size, segment_, &byte),
              Error::InvalidArgument);
  }
  EXPECT_EQ(byte, 'x');
}

TEST_F(FileLoaderTest, WhatCannotBeLockedIsRefusedOnlyWhenItMustBe) {
  const FileLoader unlocked = open("hello");
  const FileLoader maybe_locked = open("hello", Lock::kIfAllowed);
  const FileLoader locked = open("hello", Lock::kYes);
  EXPECT_TRUE(locked.load(0, 5, segment_).ok());
  const NoLockedMemory no_locked_memory;
  if (!no_locked_memory.is_bound()) GTEST_SKIP() << "every lock succeeds";
  EXPECT_TRUE(unlocked.load(0, 5, segment_).ok());
  EXPECT_TRUE(maybe_locked.load(0, 5, segment_).ok());
  EXPECT_EQ(locked.load(0, 5, segment_).error(), Error::NotSupported);
}

TEST_F(FileLoaderTest, EveryLoadModeGivesTheSameTokens) {
  register_tiny_operators();
  const std::string path = directory_.path() / "model.pte";
  const Status written = write_tiny_model({}, path);
  ASSERT_TRUE(written.ok()) << written.message();
  executorch::extension::llm::GenerationConfig config;
  config.temperature = 0.0f;
  config.num_bos = 0;
  config.ignore_eos = true;
  config.max_new_tokens = 4;
  for (const LoadMode load_mode : kLoadModes) {
    SCOPED_TRACE(static_cast<int>(load_mode));
    auto module = runner::open_module({path, {}, load_mode});
    ASSERT_TRUE(module.ok()) << module.status().message();
    auto runner =
        runner::assemble_runner({path, *std::move(module), tiny_tokenizer()});
    ASSERT_TRUE(runner.ok()) << runner.status().message();
    ASSERT_EQ((*runner)->generate("bcdefg", config), Error::Ok);
    EXPECT_EQ((*runner)->generated_tokens(),
              tiny_answer({3, 4, 5, 6, 7, 8}, 4));
  }
}

TEST_F(FileLoaderTest, WhatIsNoModelIsNamedInEveryLoadMode) {
  const std::string paths[] = {directory_.path() / "missing.pte", write(""),
                               directory_.path()};
  for (const LoadMode load_mode : kLoadModes) {
    for (const std::string& path : paths) {
      const auto module = runner::open_module({path, {}, load_mode});
      ASSERT_FALSE(module.ok());
      EXPECT_NE(module.status().message().find(path), std::string::npos)
          << module.status().message();
    }
  }
}

}  // namespace
}  // namespace etllm
