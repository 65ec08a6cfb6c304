// What the builder writes, loaded and run by ExecuTorch itself.

#include "program/program_builder.h"

#include <executorch/extension/data_loader/file_data_loader.h>
#include <executorch/extension/module/module.h>
#include <executorch/extension/tensor/tensor.h>
#include <executorch/runtime/executor/program.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "operators/register.h"
#include "program/small_program.h"
#include "support/temporary_directory.h"

namespace etllm::program {
namespace {

using executorch::aten::ScalarType;
using executorch::extension::FileDataLoader;
using executorch::extension::Module;
using RuntimeProgram = executorch::runtime::Program;

class ProgramBuilderTest : public testing::Test {
 protected:
  void SetUp() override { operators::register_operators(); }

  std::string path() const { return directory_.path() / "model.pte"; }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(
        std::filesystem::directory_iterator(directory_.path()), {}));
  }

 private:
  TemporaryDirectory directory_;
};

TEST_F(ProgramBuilderTest, RuntimeFindsTheFileConsistent) {
  ProgramBuilder program;
  build_small_program(program);
  ASSERT_TRUE(program.write(path()).ok());
  auto loader = FileDataLoader::from(path().c_str());
  ASSERT_TRUE(loader.ok());
  const auto loaded = RuntimeProgram::load(
      &*loader, RuntimeProgram::Verification::InternalConsistency);
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->num_methods(), 5U);
}

TEST_F(ProgramBuilderTest, MethodRunsOnInputsOfAnyLengthUpToItsBound) {
  ProgramBuilder program;
  build_small_program(program);
  ASSERT_TRUE(program.write(path()).ok());
  Module module(path());
  std::vector<float> values = {9, 9, 3, 3, 1, -1, 4, 4};
  for (const int rows : {4, 1, 3}) {
    auto input = executorch::extension::from_blob(values.data(), {1, rows, 2},
                                                  ScalarType::Float);
    const auto outputs = module.forward(input);
    ASSERT_TRUE(outputs.ok());
    const float* out = outputs->at(0).toTensor().const_data_ptr<float>();
    const float sign = rows == 3 ? -1.0F : 1.0F;
    EXPECT_FLOAT_EQ(out[0], 1.0F);
    EXPECT_FLOAT_EQ(out[1], 10.0F * sign);
  }
}

TEST_F(ProgramBuilderTest, ConstantMethodsGiveTheirValues) {
  ProgramBuilder program;
  build_small_program(program);
  ASSERT_TRUE(program.write(path()).ok());
  Module module(path());
  EXPECT_EQ(module.get("get_max_seq_len")->toInt(), 4);
  EXPECT_EQ(module.get("scale")->toDouble(), 0.5);
  EXPECT_TRUE(module.get("use_kv_cache")->toBool());
  const auto list = module.execute("get_eos_ids");
  ASSERT_TRUE(list.ok());
  ASSERT_EQ(list->size(), 2U);
  EXPECT_EQ(list->at(1).toInt(), 7);
}

TEST_F(ProgramBuilderTest, NamedDataIsFoundByItsKey) {
  ProgramBuilder program;
  build_small_program(program);
  ASSERT_TRUE(program.write(path()).ok());
  Module module(path());
  ASSERT_EQ(module.load(), executorch::runtime::Error::Ok);
  const auto map = module.program()->get_named_data_map();
  ASSERT_TRUE(map.ok());
  const auto data = (*map)->get_data("tokenizer.json");
  ASSERT_TRUE(data.ok());
  EXPECT_EQ(std::string(static_cast<const char*>(data->data()), data->size()),
            "{}");
}

TEST_F(ProgramBuilderTest, ConstantThatGivesTheWrongSizeLeavesNothingBehind) {
  for (const std::uint64_t announced : {1, 3}) {
    ProgramBuilder program;
    build_small_program(program);
    program.add_constant({announced, [](const ByteSink& sink) {
                            return sink(std::as_bytes(std::span("a", 2)));
                          }});
    EXPECT_EQ(program.write(path()).code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(files(), 0U);
  }
}

TEST_F(ProgramBuilderTest, CancellingLeavesNothingBehind) {
  ProgramBuilder program;
  build_small_program(program);
  const Status status =
      program.write(path(), [](std::uint64_t, std::uint64_t) { return false; });
  EXPECT_EQ(status.code(), StatusCode::kCancelled);
  EXPECT_EQ(files(), 0U);
}

TEST_F(ProgramBuilderTest, ContradictionsAreRefused) {
  ProgramBuilder program;
  MethodBuilder& method = program.add_method("forward");
  method.call("etllm::rms_norm", "out", {0, 1});
  EXPECT_EQ(program.write(path()).code(), StatusCode::kInvalidArgument);
  ProgramBuilder twice;
  twice.add_method("forward");
  twice.add_method("forward");
  EXPECT_EQ(twice.write(path()).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(ProgramBuilder().write(path()).code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(files(), 0U);
}

}  // namespace
}  // namespace etllm::program
