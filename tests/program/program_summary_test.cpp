#include "program/program_summary.h"

#include <gtest/gtest.h>

#include <string>

#include "program/program_builder.h"
#include "program/small_program.h"
#include "support/temporary_directory.h"

namespace etllm::program {
namespace {

TEST(ProgramSummary, ShowsWhatTheBuilderPutIn) {
  const TemporaryDirectory directory;
  const std::string path = directory.path() / "small.pte";
  ProgramBuilder program;
  build_small_program(program);
  ASSERT_TRUE(program.write(path).ok());
  const auto summary = summarize_program(path);
  ASSERT_TRUE(summary.ok()) << summary.status().message();

  ASSERT_EQ(summary->methods.size(), 1U);
  const MethodSummary& forward = summary->methods[0];
  EXPECT_EQ(forward.name, "forward");
  ASSERT_EQ(forward.inputs.size(), 1U);
  EXPECT_EQ(forward.inputs[0].shape_text(), "f32[1, <=4, <=2]");
  EXPECT_EQ(forward.outputs[0].shape_text(), "f32[1, 1, 2]");
  EXPECT_EQ(forward.instructions, 2U);
  ASSERT_EQ(forward.operators.size(), 2U);
  EXPECT_EQ(forward.operators[1].name, "etllm::rms_norm.out");
  ASSERT_EQ(forward.constants.size(), 1U);
  EXPECT_EQ(forward.constants[0].size_bytes, 8U);

  ASSERT_EQ(summary->constant_methods.size(), 4U);
  EXPECT_EQ(summary->constant_methods[0].value, "4");
  EXPECT_EQ(summary->constant_methods[2].value, "true");
  EXPECT_EQ(summary->constant_methods[3].value, "[2, 7]");
  ASSERT_EQ(summary->named_data.size(), 2U);
  EXPECT_EQ(summary->named_data[0].key, "tokenizer.json");
  EXPECT_EQ(summary->named_data[0].size_bytes, 2U);
}

TEST(ProgramSummary, ShowsDelegatesAndStateOfAnExportedProgram) {
  const auto summary = summarize_program(
      ETLLM_SOURCE_DIR "/tests/golden/stock/tiny_decoder.pte");
  ASSERT_TRUE(summary.ok()) << summary.status().message();
  ASSERT_FALSE(summary->methods.empty());
  EXPECT_GT(summary->methods[0].instructions, 0U);
}

TEST(ProgramSummary, RefusesWhatTheCheckRefuses) {
  EXPECT_EQ(summarize_program("/no/such/file.pte").status().code(),
            StatusCode::kNotFound);
}

}  // namespace
}  // namespace etllm::program
