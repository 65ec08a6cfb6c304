// The import of the default model: what it becomes, and what it costs.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "importer/import.h"
#include "support/temporary_directory.h"

namespace etllm::importer {
namespace {

class SmolLM2Import : public testing::Test {
 protected:
  void SetUp() override {
    if (model_.empty()) GTEST_SKIP() << "the default model is not configured";
  }

  const std::string model_ = ETLLM_DEFAULT_MODEL;
  TemporaryDirectory directory_;
  const std::string output_ = directory_.path() / "model.pte";
};

TEST_F(SmolLM2Import, KeepsEveryMatrixInItsOwnFormat) {
  const auto report = import_model(model_, output_, {});
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(report->formats, "q4_min x 210, q8 x 1");
  EXPECT_EQ(report->parameter_count, 134'515'008U);
  EXPECT_EQ(report->context_tokens, 8'192U);
  EXPECT_EQ(report->prefill_chunk_tokens, 512U);
  EXPECT_TRUE(report->has_chat_template);
  // Nothing is padded by more than pages.
  EXPECT_LT(report->output_bytes, report->input_bytes * 101 / 100);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_F(SmolLM2Import, TakesLessMemoryThanHalfTheModel) {
  // A process of its own, whose peak is that of the import.
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(import_model(model_, output_, {}).ok() ? 0 : 1);
  int status = 0;
  struct rusage usage {};
  ASSERT_EQ(::wait4(child, &status, 0, &usage), child);
  ASSERT_EQ(status, 0);
  const auto peak_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  EXPECT_LT(peak_bytes, std::filesystem::file_size(model_) / 2);
}
#endif

}  // namespace
}  // namespace etllm::importer
