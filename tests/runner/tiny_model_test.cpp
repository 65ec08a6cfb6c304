// The runner on programs: how each kind of export is driven.

#include "runner/tiny_model.h"

#include <executorch/extension/llm/runner/llm_runner_helper.h>
#include <executorch/extension/llm/runner/text_llm_runner.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "runner/assemble_runner.h"
#include "support/temporary_directory.h"

namespace etllm {
namespace {

using executorch::extension::llm::GenerationConfig;
using executorch::extension::llm::TextLLMRunner;
using executorch::runtime::Error;
using Call = RecordingModule::Call;

/// "bcdefg": ids 3 to 8.
const std::string kPrompt = "bcdefg";
const Tokens kPromptTokens = {3, 4, 5, 6, 7, 8};

class TinyModelTest : public testing::Test {
 protected:
  TinyModelTest() {
    register_tiny_operators();
    config_.temperature = 0.0f;
    config_.echo = false;
    config_.num_bos = 0;
    config_.ignore_eos = true;
    config_.max_new_tokens = 4;
  }

  std::string path() const { return directory_.path() / "model.pte"; }

  void open(const TinyModel& model) {
    const Status written = write_tiny_model(model, path());
    ASSERT_TRUE(written.ok()) << written.message();
    auto module = std::make_unique<RecordingModule>(path());
    module_ = module.get();
    auto runner =
        runner::assemble_runner({path(), std::move(module), tiny_tokenizer()});
    ASSERT_TRUE(runner.ok()) << runner.status().message();
    runner_ = std::move(*runner);
  }

  Tokens answer(const std::string& prompt) {
    EXPECT_EQ(runner_->generate(prompt, config_), Error::Ok)
        << runner_->error_message();
    return runner_->generated_tokens();
  }

  TemporaryDirectory directory_;
  RecordingModule* module_ = nullptr;
  std::unique_ptr<TextLLMRunner> runner_;
  GenerationConfig config_;
};

TEST_F(TinyModelTest, PrefillIsCutByTheMethodsOwnBoundNotByMetadataAlone) {
  open({});
  EXPECT_EQ(answer(kPrompt), tiny_answer(kPromptTokens, 4));
  ASSERT_EQ(module_->calls.size(), 5u);
  EXPECT_EQ(module_->calls[0], (Call{"forward", {3, 4, 5, 6}, {0}}));
  EXPECT_EQ(module_->calls[1], (Call{"forward", {7, 8}, {4}}));
  EXPECT_EQ(module_->calls[2].positions.front(), 6);
}

TEST_F(TinyModelTest, MetadataBoundAChunkBelowTheMethod) {
  TinyModel model;
  model.max_seq_len = 3;
  open(model);
  EXPECT_EQ(answer(kPrompt), tiny_answer(kPromptTokens, 4));
  EXPECT_EQ(module_->calls[0].tokens.size(), 3u);
  EXPECT_EQ(runner_->max_context_len(), kTinyContext)
      << "a short chunk is no short context";
}

TEST_F(TinyModelTest, AStaticShapeIsFedTokenByToken) {
  TinyModel model;
  model.max_tokens = 1;
  model.is_dynamic = false;
  open(model);
  EXPECT_EQ(answer(kPrompt), tiny_answer(kPromptTokens, 4));
  for (const Call& call : module_->calls) EXPECT_EQ(call.tokens.size(), 1u);
}

TEST_F(TinyModelTest, WithoutAKvCacheEverythingIsReadEachTime) {
  TinyModel model;
  model.use_kv_cache = false;
  model.max_tokens = 16;
  open(model);
  EXPECT_EQ(runner_->max_context_len(), 17);
  const Tokens first = answer(kPrompt);
  EXPECT_EQ(first, tiny_answer(kPromptTokens, 4));
  for (const Call& call : module_->calls) EXPECT_TRUE(call.positions.empty());
  EXPECT_EQ(module_->calls.back().tokens.size(), 9u);
}

TEST_F(TinyModelTest, WithoutAKvCacheTheLastTokenIsOneMoreThanACallReads) {
  TinyModel model;
  model.use_kv_cache = false;
  model.max_tokens = 8;
  open(model);
  config_.max_new_tokens = -1;
  EXPECT_EQ(answer(kPrompt), tiny_answer(kPromptTokens, 3));
  EXPECT_EQ(module_->calls.back().tokens.size(), 8u);
  const std::size_t calls = module_->calls.size();
  EXPECT_EQ(runner_->generate("", config_), Error::InvalidArgument);
  EXPECT_EQ(runner_->generate("b", config_), Error::InvalidArgument);
  EXPECT_EQ(module_->calls.size(), calls);
}

TEST_F(TinyModelTest, WithoutAKvCacheNoMoreIsReadThanACallCanRead) {
  TinyModel model;
  model.use_kv_cache = false;
  model.max_tokens = 6;
  open(model);
  EXPECT_TRUE(runner_->prefill(kPrompt).ok());
  EXPECT_FALSE(runner_->prefill("b").ok());
  config_.max_new_tokens = 0;
  EXPECT_EQ(runner_->generate("b", config_), Error::InvalidArgument);
  EXPECT_EQ(module_->calls.size(), 1u);
  config_.max_new_tokens = 4;
  EXPECT_EQ(answer(""), tiny_answer(kPromptTokens, 1));
}

TEST_F(TinyModelTest, APositionVectorHoldsThePositionOfEachToken) {
  TinyModel model;
  model.takes_positions = true;
  open(model);
  EXPECT_EQ(answer(kPrompt), tiny_answer(kPromptTokens, 4));
  EXPECT_EQ(module_->calls[0].positions,
            (std::vector<std::int64_t>{0, 1, 2, 3}));
  EXPECT_EQ(module_->calls[1].positions, (std::vector<std::int64_t>{4, 5}));
  EXPECT_EQ(module_->calls[2].positions, (std::vector<std::int64_t>{6}));
}

TEST_F(TinyModelTest, TwoMethodsShareTheirState) {
  TinyModel model;
  model.methods = {"prefill", "decode"};
  open(model);
  EXPECT_EQ(answer(kPrompt), tiny_answer(kPromptTokens, 4));
  EXPECT_EQ(module_->calls[0].method, "prefill");
  EXPECT_EQ(module_->calls[1].method, "prefill");
  EXPECT_EQ(module_->calls[2].method, "decode");
  runner_->reset();
  EXPECT_EQ(answer("z"), tiny_answer({27}, 4));
}

TEST_F(TinyModelTest, LogitsMayBeHalves) {
  for (const auto type :
       {program::ScalarType::kHalf, program::ScalarType::kBFloat16}) {
    TinyModel model;
    model.logits_type = type;
    open(model);
    EXPECT_EQ(answer(kPrompt), tiny_answer(kPromptTokens, 4));
  }
}

TEST_F(TinyModelTest, TwoTurnsAnswerAsOneLongPrompt) {
  open({});
  const Tokens first = answer(kPrompt);
  const Tokens second = answer("xyz");
  Tokens everything = kPromptTokens;
  everything.insert(everything.end(), first.begin(), first.end());
  everything.insert(everything.end(), {25, 26, 27});
  EXPECT_EQ(second, tiny_answer(everything, 4));
}

TEST_F(TinyModelTest, ResetAnswersAgainWhatItAnsweredFirst) {
  open({});
  const Tokens first = answer(kPrompt);
  answer("more");
  runner_->reset();
  EXPECT_EQ(answer(kPrompt), first);
}

TEST_F(TinyModelTest, SeekAnswersTheSamePromptAnew) {
  open({});
  const Tokens first = answer(kPrompt);
  ASSERT_EQ(runner_->seek(6), Error::Ok);
  EXPECT_EQ(answer(""), first);
  ASSERT_EQ(runner_->seek(2), Error::Ok);
  EXPECT_EQ(answer("efg"), tiny_answer({3, 4, 6, 7, 8}, 4));
}

TEST_F(TinyModelTest, TheModelsEosIdsAndTheTokenizersAreUnited) {
  TinyModel model;
  model.eos_ids = {9, 10};
  open(model);
  EXPECT_EQ(executorch::extension::llm::get_eos_ids(runner_->tokenizer(),
                                                    runner_->module()),
            (std::unordered_set<uint64_t>{1, 9, 10}));
  config_.ignore_eos = false;
  EXPECT_EQ(answer("h"), (Tokens{9}));
}

TEST_F(TinyModelTest, MetadataAreCompletedFromTheTokenizer) {
  open({});
  const auto metadata = executorch::extension::llm::get_llm_metadata(
      runner_->tokenizer(), runner_->module());
  ASSERT_TRUE(metadata.ok());
  EXPECT_EQ(metadata->at("get_vocab_size"), kTinyVocabulary);
  EXPECT_EQ(metadata->at("get_bos_id"), 0);
  EXPECT_EQ(metadata->at("use_sdpa_with_kv_cache"), 0);
}

}  // namespace
}  // namespace etllm
