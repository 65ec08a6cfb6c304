#pragma once

// Where the generation loop gets its tokens when a TextDecoderRunner runs the
// model.

#include <executorch/extension/llm/runner/stats.h>
#include <executorch/extension/llm/runner/text_decoder_runner.h>
#include <executorch/extension/llm/sampler/logit_processor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/generation_loop.h"
#include "engine/session.h"

namespace etllm::runner {

/// What the source works with; everything is borrowed, `stats` may be nullptr.
struct DecoderTokenSourceOptions {
  executorch::extension::llm::TextDecoderRunner& decoder;
  std::span<const std::shared_ptr<executorch::extension::llm::LogitProcessor>>
      processors;
  executorch::extension::llm::Stats* stats;
  bool use_kv_cache;
  float temperature;
};

/// Lets the model read the token it has not read yet, then selects the next
/// and appends it to the session.
class DecoderTokenSource final : public engine::TokenSource {
 public:
  DecoderTokenSource(const DecoderTokenSourceOptions& options,
                     engine::Session& session);

  Result<std::uint64_t> next() override;

  /// What the model or a processor returned when `next` failed.
  executorch::runtime::Error error() const { return error_; }

 private:
  using Tensor = executorch::aten::Tensor;

  Result<std::uint64_t> read_and_select();
  Result<std::uint64_t> select(const Tensor& logits);
  executorch::runtime::Result<Tensor> read_token();
  Status failure(executorch::runtime::Error error, const char* what);
  std::uint64_t append(std::uint64_t token);

  DecoderTokenSourceOptions options_;
  engine::Session& session_;
  // The input of the model, kept from token to token.
  std::uint64_t token_ = 0;
  executorch::extension::TensorPtr token_tensor_;
  executorch::runtime::Error error_ = executorch::runtime::Error::Ok;
};

}  // namespace etllm::runner
