#pragma once

#include <executorch/extension/llm/runner/llm_session.h>
#include <executorch/extension/llm/runner/text_llm_runner.h>

#include <memory>

namespace etllm::runner {

/// A conversation that a TextLLMRunner of its own carries on. `shared` is kept
/// alive until the runner is gone.
class TextLLMSession final : public executorch::extension::llm::LLMSession {
 public:
  using SamplingConfig = executorch::extension::llm::SamplingConfig;
  using DecodeResult = executorch::extension::llm::DecodeResult;

  TextLLMSession(
      std::shared_ptr<const void> shared,
      std::unique_ptr<executorch::extension::llm::TextLLMRunner> runner);

  executorch::runtime::Error prefill_tokens(
      std::vector<uint64_t> tokens,
      const SamplingConfig* initial_sampling) override;
  executorch::runtime::Result<DecodeResult> decode_one(
      const SamplingConfig& sampling) override;
  executorch::runtime::Error seek(int64_t position) override;
  int64_t position() const override;
  executorch::runtime::Error reset() override;
  void stop() override;

 private:
  std::shared_ptr<const void> shared_;
  std::unique_ptr<executorch::extension::llm::TextLLMRunner> runner_;
  /// Some tokenizers decode a token by the one before it.
  uint64_t previous_token_ = tokenizers::Tokenizer::kNoToken;
};

}  // namespace etllm::runner
