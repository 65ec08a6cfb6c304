// Runners on a program with weights, made by the factories and by hand.

#include <executorch/extension/llm/runner/io_manager/io_manager.h>
#include <executorch/extension/llm/runner/llm_runner_helper.h>
#include <executorch/extension/llm/runner/text_llm_runner.h>
#include <executorch/extension/llm/runner/util.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "operators/register.h"
#include "program/program_builder.h"
#include "runner/bigram_program.h"
#include "runner/scripted_runner.h"
#include "support/temporary_directory.h"

namespace etllm {
namespace {

using namespace executorch::extension::llm;  // NOLINT: what users write

using executorch::extension::Module;
using executorch::extension::TensorPtr;
using executorch::runtime::Error;
using executorch::runtime::EValue;
using executorch::runtime::Result;
using Positions = std::vector<std::int64_t>;

constexpr auto kMmap = Module::LoadMode::Mmap;

// a, b, c, then the end that the tokenizer does not know of.
const BigramOptions kAbc = {
    .successors = {kA, kA, kB, kC, kOtherEos, kA, kA, kA, kA}};

class ProgramTest : public testing::Test {
 protected:
  ProgramTest() { operators::register_operators(); }

  std::string write() {
    const std::string path = directory_.path() / "model.pte";
    const Status status = program_.write(path);
    EXPECT_TRUE(status.ok()) << status.message();
    return path;
  }

  /// The program with the metadata of an imported model.
  std::string write_model(const BigramOptions& options) {
    add_bigram_method(program_, options);
    program_.add_constant_method("get_max_seq_len", std::int64_t{16});
    program_.add_constant_method("enable_dynamic_shape", true);
    program_.add_constant_method("get_eos_id",
                                 static_cast<std::int64_t>(kOtherEos));
    return write();
  }

  static std::unique_ptr<tokenizers::Tokenizer> tokenizer() {
    return std::make_unique<PieceTokenizer>(kPieces);
  }

  static std::string answer(TextLLMRunner& runner, const std::string& prompt) {
    GenerationConfig config;
    config.echo = false;
    config.temperature = 0;
    config.num_bos = 0;
    config.max_new_tokens = 8;
    std::string text;
    EXPECT_EQ(runner.generate(prompt, config,
                              [&](const std::string& piece) { text += piece; }),
              Error::Ok)
        << runner.error_message();
    return text;
  }

  TemporaryDirectory directory_;
  program::ProgramBuilder program_;
};

TEST_F(ProgramTest, AnswersThroughTheFactory) {
  const auto runner = create_text_llm_runner(write_model(kAbc), tokenizer());
  ASSERT_NE(runner, nullptr);
  EXPECT_FALSE(runner->is_loaded());
  EXPECT_EQ(answer(*runner, "aaaaaa"), "bc") << "two chunks of the method's 4";
  EXPECT_EQ(runner->finish_reason(), FinishReason::Eos);
  EXPECT_EQ(runner->max_context_len(), 16);
}

TEST_F(ProgramTest, LetsTheFactorysTemperatureOverride) {
  const auto runner = create_text_llm_runner(write_model(kAbc), tokenizer(),
                                             std::nullopt, 0.0F);
  ASSERT_NE(runner, nullptr);
  GenerationConfig config;
  config.temperature = 1e6F;
  config.seed = 1;
  config.num_bos = 0;
  std::string text;
  ASSERT_EQ(runner->generate("a", config,
                             [&](const std::string& piece) { text += piece; }),
            Error::Ok);
  EXPECT_EQ(text, "abc");
}

TEST_F(ProgramTest, MayBeReadAsAWholeInsteadOfMapped) {
  const std::string path = write_model(kAbc);
  // Several, as memory may be aligned by chance.
  std::vector<std::unique_ptr<TextLLMRunner>> runners;
  for (int i = 0; i < 8; ++i) {
    runners.push_back(create_text_llm_runner(path, tokenizer(), std::nullopt,
                                             -1.0F, "forward",
                                             Module::LoadMode::File));
    ASSERT_NE(runners.back(), nullptr);
    EXPECT_EQ(answer(*runners.back(), "a"), "bc");
  }
}

TEST_F(ProgramTest, RunsTheMethodOfTheGivenName) {
  BigramOptions options = kAbc;
  options.method = "decode_one";
  const auto runner = create_text_llm_runner(write_model(options), tokenizer(),
                                             std::vector<std::string>{}, -1.0F,
                                             nullptr, "decode_one");
  ASSERT_NE(runner, nullptr);
  EXPECT_EQ(answer(*runner, "a"), "bc");
}

/// Sees what the model is given.
class SpyIOManager : public IOManager {
 public:
  using IOManager::IOManager;
  using IOManager::prepare_decode;
  using IOManager::prepare_prefill;

  Result<std::vector<EValue>> prepare_prefill(
      const TensorPtr& input, const TensorPtr& start_pos,
      const std::string& method) override {
    remember(start_pos);
    return IOManager::prepare_prefill(input, start_pos, method);
  }
  Result<std::vector<EValue>> prepare_decode(
      const TensorPtr& input, const TensorPtr& start_pos,
      const std::string& method) override {
    remember(start_pos);
    return IOManager::prepare_decode(input, start_pos, method);
  }

  std::vector<Positions> positions;

 private:
  void remember(const TensorPtr& start_pos) {
    const auto* data = start_pos->const_data_ptr<std::int64_t>();
    positions.emplace_back(data, data + start_pos->numel());
  }
};

/// Prefills seven tokens from position 3.
struct SpiedPrefill {
  explicit SpiedPrefill(Module& module)
      : io(module),
        decoder(&module, &io),
        prefiller(&decoder, true, true, 128) {
    EXPECT_EQ(prefiller.load(), Error::Ok);
    Tokens tokens(7, kA);
    std::int64_t position = 3;
    const auto next = prefiller.prefill(tokens, position);
    EXPECT_TRUE(next.ok() && *next == kB);
    EXPECT_EQ(position, 10);
  }

  SpyIOManager io;
  TextDecoderRunner decoder;
  TextPrefiller prefiller;
};

TEST_F(ProgramTest, PassesPositionsToAMethodThatItsOwnerHasLoaded) {
  BigramOptions options = kAbc;
  options.num_positions = 4;
  Module module(write_model(options), kMmap);
  ASSERT_EQ(module.load_method("forward"), Error::Ok);
  const SpiedPrefill prefill(module);
  EXPECT_EQ(prefill.io.positions,
            (std::vector<Positions>{{3, 4, 5, 6}, {7, 8, 9}}));
}

TEST_F(ProgramTest, FillsThePositionsThatAMethodTakes) {
  BigramOptions options = kAbc;
  options.num_positions = 4;
  Module module(write_model(options), kMmap);
  std::int64_t start = 5;
  std::vector<std::int64_t> positions;
  const auto vector =
      populate_start_pos_or_cache_position(&module, start, positions, 3);
  ASSERT_TRUE(vector.ok());
  EXPECT_EQ((*vector)->numel(), 3);
  EXPECT_EQ(positions, (Positions{5, 6, 7}));
  EXPECT_EQ(populate_start_pos_or_cache_position(nullptr, start, positions, 3)
                .error(),
            Error::InvalidArgument);
  EXPECT_FALSE(populate_start_pos_or_cache_position(&module, start, positions,
                                                    3, "missing")
                   .ok());
}

}  // namespace
}  // namespace etllm
