// Damaged GGUF files: an import of one ends with a sentence and an empty
// folder, or with a model that loads and runs. Worth most under sanitizers.

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "importer/gguf/gguf_file.h"
#include "importer/gguf_bytes.h"
#include "importer/import.h"
#include "importer/mutator.h"
#include "importer/tokenizer/tokenizer_json.h"
#include "operators/register.h"
#include "program/program_check.h"
#include "support/decoder.h"
#include "support/temporary_directory.h"

namespace etllm::importer {
namespace {

struct Outcomes {
  int refused = 0;
  int imported = 0;
};

/// Imports what lies at `input_`, damaged or not.
class DamagedInput : public testing::TestWithParam<const char*> {
 protected:
  explicit DamagedInput(const char* input_name)
      : input_(directory_.path() / input_name) {}

  static void SetUpTestSuite() { operators::register_operators(); }

  void check_import() {
    const auto report = import_model(input_, output_, {});
    if (!report.ok()) {
      ++outcomes_.refused;
      EXPECT_FALSE(report.status().message().empty());
      EXPECT_NE(report.status().message().find(input_), std::string::npos)
          << report.status().message();
      EXPECT_EQ(directory_.entry_count(), 1U);
      return;
    }
    ++outcomes_.imported;
    const Status checked = program::check_program_file(output_);
    EXPECT_TRUE(checked.ok()) << checked.message();
    Decoder decoder(output_);
    // Token 0 exists; the values may have become anything.
    EXPECT_FALSE(decoder.run(std::vector<std::int64_t>{0, 0}, 2).empty());
    std::filesystem::remove(output_);
  }

  TemporaryDirectory directory_;
  const std::string input_;
  const std::string output_ = directory_.path() / "out.pte";
  Outcomes outcomes_;
};

class MutatedFiles : public DamagedInput {
 protected:
  MutatedFiles() : DamagedInput("in.gguf") {}

  void check(const std::string& bytes) {
    write_file(input_, bytes);
    check_import();
  }
};

TEST_P(MutatedFiles, AreRefusedOrBecomeModelsThatRun) {
  const std::string path =
      std::string(ETLLM_SOURCE_DIR "/tests/golden/importer/") + GetParam() +
      ".gguf";
  const std::string whole = read_file(path);
  check(whole);
  ASSERT_EQ(outcomes_.imported, 1);
  for (std::uint32_t seed = 1; seed <= 1'000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    check(Mutator(seed).mutate(whole));
  }
  // Otherwise the damage misses what it is meant to hit.
  EXPECT_GT(outcomes_.refused, 500);
  EXPECT_GT(outcomes_.imported, 50);
  RecordProperty("refused", outcomes_.refused);
  RecordProperty("imported", outcomes_.imported);
}

INSTANTIATE_TEST_SUITE_P(Files, MutatedFiles,
                         testing::Values("f32_tied", "bf16_one_kv_head", "q4_1",
                                         "q4_k"),
                         [](const auto& info) {
                           return std::string(info.param);
                         });

/// A folder of which one file is damaged.
class MutatedFolders : public DamagedInput {
 protected:
  MutatedFolders() : DamagedInput("in") {}

  void SetUp() override {
    std::filesystem::copy(ETLLM_SOURCE_DIR "/tests/golden/families/llama_f8",
                          input_);
  }
};

TEST_P(MutatedFolders, AreRefusedOrBecomeModelsThatRun) {
  const std::string path = input_ + "/" + GetParam();
  const std::string whole = read_file(path);
  check_import();
  ASSERT_EQ(outcomes_.imported, 1);
  for (std::uint32_t seed = 1; seed <= 500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    write_file(path, Mutator(seed).mutate(whole));
    check_import();
  }
  EXPECT_GT(outcomes_.refused, 250);
  EXPECT_GT(outcomes_.imported, 1);
}

INSTANTIATE_TEST_SUITE_P(Files, MutatedFolders,
                         testing::Values("config.json", "model.safetensors",
                                         "tokenizer.json"),
                         [](const auto& info) {
                           const std::string name = info.param;
                           return name.substr(0, name.find('.'));
                         });

class MutatedVocabularies : public testing::TestWithParam<const char*> {};

TEST_P(MutatedVocabularies, AreRefusedOrConverted) {
  const TemporaryDirectory directory;
  const std::string input = directory.path() / "in.gguf";
  const std::string whole =
      read_file(std::string(ETLLM_SOURCE_DIR "/tests/golden/vocabularies/") +
                GetParam() + ".gguf");
  int converted = 0;
  for (std::uint32_t seed = 1; seed <= 500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    write_file(input, Mutator(seed).mutate(whole));
    const auto file = GgufFile::open(input);
    if (!file.ok()) continue;
    const auto text = tokenizer_json_from_gguf(*file);
    converted += text.ok() ? 1 : 0;
    EXPECT_NE(text.ok(),
              text.status().message().find(input) != std::string::npos);
  }
  EXPECT_GT(converted, 0);
  EXPECT_LT(converted, 400);
}

INSTANTIATE_TEST_SUITE_P(Files, MutatedVocabularies,
                         testing::Values("gpt-2", "spm"), [](const auto& info) {
                           std::string name = info.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace etllm::importer
