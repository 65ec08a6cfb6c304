// The logits of every token are those that the runner gets when it stops
// there, in whatever way a program offers them.

#include "evaluation/model_logits.h"

#include <executorch/extension/llm/runner/text_prefiller.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "engine/decode_context.h"
#include "kernels/dispatch/select.h"
#include "runner/bigram_program.h"
#include "sampling/tensor_logits.h"
#include "support/decoder.h"
#include "support/temporary_directory.h"

namespace etllm::evaluation {
namespace {

namespace llm = executorch::extension::llm;
using Logits = std::vector<float>;
using Tokens = std::vector<std::uint64_t>;

const std::string kStock = ETLLM_SOURCE_DIR "/tests/golden/stock_models/";
const Tokens kWindow = {5, 17, 80, 3, 44, 44, 9, 61, 2, 30, 71, 12};

std::unique_ptr<ModelLogits> open(const std::string& path) {
  auto model = ModelLogits::open({path});
  EXPECT_TRUE(model.ok()) << model.status().message();
  return model.ok() ? *std::move(model) : nullptr;
}

/// The logits behind the first `count` tokens, as a runner gets them.
Logits runner_logits(const std::string& path, std::size_t count) {
  auto module = runner::open_module({path, {}});
  EXPECT_TRUE(module.ok()) << module.status().message();
  llm::IOManager io_manager(**module);
  auto decoders = runner::make_decoder_runners(**module, io_manager, "forward");
  llm::TextDecoderRunner& runner =
      decoders.prefill ? *decoders.prefill : *decoders.decode;
  const auto map = engine::read_metadata(**module);
  const auto metadata = engine::ModelMetadata::from_map(*map);
  llm::TextPrefiller prefiller(&runner, metadata->use_kv_cache,
                               metadata->enable_dynamic_shape,
                               metadata->max_seq_len);
  EXPECT_EQ(prefiller.load(), executorch::runtime::Error::Ok);
  Tokens tokens(kWindow.begin(),
                kWindow.begin() + static_cast<std::ptrdiff_t>(count));
  std::int64_t position = 0;
  EXPECT_TRUE(prefiller.prefill(tokens, position).ok());
  auto& context = runner.context();
  const auto logits =
      sampling::last_position(*context.prefill_logits, context.sampler);
  EXPECT_TRUE(logits.ok()) << logits.status().message();
  return {logits->begin(), logits->end()};
}

/// Reads the window as an evaluation does; row i is that of `first` + i.
std::vector<Logits> all_rows(ModelLogits& model, std::size_t first) {
  EXPECT_TRUE(model.skip(kWindow, 0, first).ok());
  std::vector<Logits> rows;
  for (std::size_t begin = first; begin < kWindow.size();) {
    const std::size_t end = std::min(
        kWindow.size(), begin + std::min<std::size_t>(model.max_rows(), 4));
    const auto part = model.run(kWindow, begin, end);
    EXPECT_TRUE(part.ok()) << part.status().message();
    if (!part.ok()) return rows;
    EXPECT_EQ(part->count(), end - begin);
    for (std::size_t i = 0; i < part->count(); ++i) {
      rows.emplace_back(part->row(i).begin(), part->row(i).end());
    }
    begin = end;
  }
  return rows;
}

class StockProgram : public testing::TestWithParam<const char*> {};

TEST_P(StockProgram, GivesTheLogitsOfEachPosition) {
  const std::string path = kStock + GetParam() + ".pte";
  const auto model = open(path);
  ASSERT_NE(model, nullptr);
  constexpr std::size_t kFirst = 5;
  // A second window must not see the first.
  for (int pass = 0; pass < 2; ++pass) {
    const auto rows = all_rows(*model, kFirst);
    ASSERT_EQ(rows.size(), kWindow.size() - kFirst);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      SCOPED_TRACE("position " + std::to_string(kFirst + i));
      // Calls of other sizes round otherwise.
      EXPECT_LT(relative_error(rows[i], runner_logits(path, kFirst + i + 1)),
                2e-2);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Ways, StockProgram,
    testing::Values("llama_fp32", "llama_fp32_static", "llama_fp32_no_cache",
                    "llama_bf16_sdpa", "llama_two_methods",
                    "gpt2_cache_position", "qwen2_cache_position_xnnpack"),
    [](const auto& info) { return std::string(info.param); });

TEST(StockPrograms, ThatGiveAllLogitsAreReadInLargeCalls) {
  EXPECT_EQ(open(kStock + "gpt2_cache_position.pte")->max_rows(), 63U);
  EXPECT_EQ(open(kStock + "llama_fp32.pte")->max_rows(), 1U);
}

class ImportedProgram : public testing::Test {
 protected:
  /// `all_logits` is a model of its own, so that one sees which method ran.
  std::string write() {
    constexpr std::int32_t kTokens = 3;
    program::ProgramBuilder program;
    add_bigram_method(program, {.successors = {0, 0, 0}});
    add_bigram_method(program, {.successors = {1, 2, 0},
                                .max_tokens = kTokens,
                                .method = "all_logits",
                                .gives_all_positions = true});
    program.add_constant_method("get_max_seq_len", std::int64_t{16});
    program.add_constant_method("enable_dynamic_shape", true);
    const std::string path = directory_.path() / "model.pte";
    const Status status = program.write(path);
    EXPECT_TRUE(status.ok()) << status.message();
    return path;
  }

  TemporaryDirectory directory_;
};

TEST_F(ImportedProgram, IsReadThroughAllLogits) {
  const auto model = open(write());
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(model->vocabulary(), 3U);
  EXPECT_EQ(model->max_rows(), 3U);
  EXPECT_EQ(model->context_tokens(), 16U);
  const Tokens window = {0, 1, 2, 1, 0, 2, 2, 1};
  // More than one call takes.
  ASSERT_TRUE(model->skip(window, 0, 5).ok());
  const auto rows = model->run(window, 5, 8);
  ASSERT_TRUE(rows.ok()) << rows.status().message();
  ASSERT_EQ(rows->count(), 3U);
  const std::vector<std::uint64_t> successors = {0, 0, 2};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto row = rows->row(i);
    EXPECT_EQ(std::ranges::max_element(row) - row.begin(),
              static_cast<std::ptrdiff_t>(successors[i]));
  }
}

TEST_F(ImportedProgram, RunsWithTheKernelsThatItsOptionsName) {
  auto model = ModelLogits::open({.path = write(), .kernels = "float"});
  ASSERT_TRUE(model.ok()) << model.status().message();
  ASSERT_TRUE(kernels::select_kernels("auto").ok());
  ASSERT_TRUE((*model)->run(Tokens{0, 1}, 0, 2).ok());
  EXPECT_STREQ(kernels::active_kernels().name, "float");
  EXPECT_TRUE(kernels::select_kernels("auto").ok());
}

TEST_F(ImportedProgram, ThatRefusesACallIsNamed) {
  const std::string path = write();
  const auto model = open(path);
  // More tokens than the method takes.
  const Status status = model->run(Tokens(8, 0), 0, 8).status();
  EXPECT_FALSE(status.ok());
  EXPECT_NE(status.message().find(path), std::string::npos);
}

TEST(ModelLogits, OfAFileThatCannotBeLoadedSayWhy) {
  const auto model = ModelLogits::open({"/missing/model.pte"});
  EXPECT_NE(model.status().message().find("/missing/model.pte"),
            std::string::npos);
}

}  // namespace
}  // namespace etllm::evaluation
