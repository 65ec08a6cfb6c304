#pragma once

#include <executorch/extension/llm/runner/text_llm_runner.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "runner/scripted_decoder.h"
#include "support/piece_tokenizer.h"

namespace etllm {

// Ids of the tokens below.
inline constexpr std::uint64_t kBos = 0;
inline constexpr std::uint64_t kEos = 1;
inline constexpr std::uint64_t kA = 2;
inline constexpr std::uint64_t kB = 3;
inline constexpr std::uint64_t kC = 4;
inline constexpr std::uint64_t kFirstHalf = 5;  ///< Of an e with an accent.
inline constexpr std::uint64_t kSecondHalf = 6;
inline constexpr std::uint64_t kOtherEos = 7;
inline constexpr std::uint64_t kNothing = 8;  ///< A token without text.
inline const std::vector<std::string> kPieces = {
    "<s>", "</s>", "a", "b", "c", "\xC3", "\xA9", "<end>", ""};

/// What a runner with a scripted decoder is made of.
struct ScriptedParts {
  std::unordered_map<std::string, std::int64_t> metadata = {
      {"get_max_seq_len", 32}, {"use_kv_cache", 1}, {"get_vocab_size", 9}};
  bool is_parallel = true;
  float temperature = -1.0F;
  std::unique_ptr<tokenizers::Tokenizer> tokenizer =
      std::make_unique<PieceTokenizer>(kPieces);
};

/// A runner with a scripted decoder, which answers "abc" to a prompt of two
/// tokens, and whose text is collected.
class ScriptedRunnerTest : public testing::Test {
 protected:
  using Error = executorch::runtime::Error;
  using FinishReason = executorch::extension::llm::FinishReason;
  using GenerationConfig = executorch::extension::llm::GenerationConfig;
  using Stats = executorch::extension::llm::Stats;
  using TextLLMRunner = executorch::extension::llm::TextLLMRunner;
  using TextPrefiller = executorch::extension::llm::TextPrefiller;
  using TextTokenGenerator = executorch::extension::llm::TextTokenGenerator;

  ScriptedRunnerTest() {
    config_.echo = false;
    config_.temperature = 0;
    config_.num_bos = 0;
    make_runner({});
  }

  void make_runner(ScriptedParts parts) {
    auto decoder = std::make_unique<ScriptedDecoder>(kPieces.size());
    decoder_ = decoder.get();
    decoder_->answer_after(2, {kA, kB, kC}, kEos);
    const auto& map = parts.metadata;
    const bool use_kv_cache = map.at("use_kv_cache") != 0;
    const auto chunk = map.find("get_max_seq_len");
    auto stats = std::make_unique<Stats>();
    auto prefiller = std::make_unique<TextPrefiller>(
        decoder_, use_kv_cache, parts.is_parallel,
        chunk == map.end() ? 0 : chunk->second);
    auto generator = std::make_unique<TextTokenGenerator>(
        parts.tokenizer.get(), decoder_, use_kv_cache,
        std::make_unique<std::unordered_set<std::uint64_t>>(
            std::unordered_set<std::uint64_t>{kEos, kOtherEos}),
        stats.get());
    generator_ = generator.get();
    runner_ = std::make_unique<TextLLMRunner>(
        parts.metadata, std::move(parts.tokenizer), nullptr, std::move(decoder),
        std::move(prefiller), nullptr, std::move(generator), std::move(stats),
        parts.temperature);
  }

  Error generate(const std::string& prompt) {
    texts_.clear();
    return runner_->generate(
        prompt, config_,
        [this](const std::string& text) { texts_.push_back(text); },
        [this](const Stats& stats) { reports_.push_back(stats); });
  }

  /// The text that generate() delivers; empty and a failure when it fails.
  std::string answer(const std::string& prompt) {
    EXPECT_EQ(generate(prompt), Error::Ok) << runner_->error_message();
    return text();
  }

  std::string text() const {
    std::string all;
    for (const std::string& piece : texts_) all += piece;
    return all;
  }

  void expect_sentence(const std::string& part) const {
    EXPECT_NE(runner_->error_message().find(part), std::string::npos)
        << runner_->error_message();
  }

  std::unique_ptr<TextLLMRunner> runner_;
  ScriptedDecoder* decoder_ = nullptr;
  TextTokenGenerator* generator_ = nullptr;
  GenerationConfig config_;
  std::vector<std::string> texts_;
  std::vector<Stats> reports_;
};

}  // namespace etllm
