#pragma once

// The logits of a loaded model, for every token. A program that offers them
// says so in one of three ways:
//
//   all_logits(tokens, start_pos) -> [1, N, vocabulary]   imported models
//   forward(tokens[, start_pos]) -> [1, N, vocabulary]    many stock programs
//   forward(tokens[, start_pos]) -> [1, vocabulary]       all others, which
//                                                         read token by token

#include <executorch/extension/llm/runner/text_decoder_runner.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/model_metadata.h"
#include "evaluation/logits_source.h"
#include "runner/assemble_runner.h"

namespace etllm::evaluation {

struct ModelLogitsOptions {
  std::string path;
  executorch::extension::Module::LoadMode load_mode =
      executorch::extension::Module::LoadMode::Mmap;
  /// Selected before each call, so that two models may use different ones.
  std::string kernels = "auto";
};

class ModelLogits : public LogitsSource {
 public:
  /// Fails with a sentence that names the file when it cannot be loaded.
  static Result<std::unique_ptr<ModelLogits>> open(
      const ModelLogitsOptions& options);
  ~ModelLogits() override;

  /// Tokens that a window may have.
  std::size_t context_tokens() const;

  std::size_t vocabulary() const override { return vocabulary_; }
  std::size_t max_rows() const override { return max_rows_; }
  Status skip(std::span<const std::uint64_t> window, std::size_t begin,
              std::size_t end) override;
  Result<LogitsRows> run(std::span<const std::uint64_t> window,
                         std::size_t begin, std::size_t end) override;

 private:
  using Runner = executorch::extension::llm::TextDecoderRunner;

  explicit ModelLogits(const ModelLogitsOptions& options);

  Status load();
  Status read_metadata();
  Status load_runner(Runner& runner);
  Status choose_sizes();
  Status begin_call(std::size_t begin);
  Result<executorch::aten::Tensor> feed(Runner& runner,
                                        std::span<const std::uint64_t> tokens,
                                        std::size_t position);
  Runner& many_tokens() const {
    return decoders_.prefill ? *decoders_.prefill : *decoders_.decode;
  }

  ModelLogitsOptions options_;
  // In lifetime order: each part borrows from those before it.
  std::unique_ptr<executorch::extension::Module> module_;
  std::unique_ptr<executorch::extension::llm::IOManager> io_manager_;
  runner::DecoderRunners decoders_;
  engine::ModelMetadata metadata_;
  bool gives_all_positions_ = false;
  std::size_t vocabulary_ = 0;
  std::size_t max_rows_ = 1;
  std::size_t max_skipped_ = 1;  ///< Tokens of one call without logits.
  std::vector<std::int64_t> tokens_;
};

}  // namespace etllm::evaluation
