#pragma once

// The decode phase: feeds the last token, selects the next, delivers its text,
// until something ends the answer.

#include <executorch/extension/llm/runner/irunner.h>
#include <executorch/extension/llm/runner/stats.h>
#include <executorch/extension/llm/runner/text_decoder_runner.h>
#include <executorch/extension/llm/sampler/logit_processor.h>
#include <pytorch/tokenizers/tokenizer.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

namespace etllm::engine {
struct GenerationOutcome;
struct GenerationRequest;
struct Session;
}  // namespace etllm::engine

namespace executorch {
namespace extension {
namespace llm {

/// Tokenizer, decoder runner and stats are borrowed and must outlive the
/// generator; `stats` may be nullptr. `stop()` is safe from any thread, the
/// rest is for one thread at a time.
class TextTokenGenerator {
 public:
  TextTokenGenerator(::tokenizers::Tokenizer* tokenizer,
                     TextDecoderRunner* text_decoder_runner, bool use_kv_cache,
                     std::unique_ptr<std::unordered_set<uint64_t>>&& eos_ids,
                     Stats* stats);
  virtual ~TextTokenGenerator();

  /// Ends never by an EOS token when set.
  void set_ignore_eos(bool ignore_eos) { ignore_eos_ = ignore_eos; }

  /// Processors run in the order in which they were added, before each
  /// selection. nullptr is ignored.
  void add_logit_processor(std::shared_ptr<LogitProcessor> processor);
  void clear_logit_processors() { logit_processors_.clear(); }
  size_t num_logit_processors() const { return logit_processors_.size(); }

  /// Feeds the last of `tokens` at `start_pos` (all of them from position 0
  /// when the model has no KV cache) and goes on from there. `token_callback`
  /// receives whole UTF-8 characters, never an empty text and never an EOS.
  /// Returns the number of selected tokens, an EOS included. InvalidArgument
  /// when `tokens` is empty.
  ::executorch::runtime::Result<int64_t> generate(
      std::vector<uint64_t> tokens, int64_t start_pos, int32_t max_new_tokens,
      float temperature = 0.0f,
      const std::function<void(const std::string&)>& token_callback = {});

  /// Ends the running `generate`, or the next one when none is running.
  void stop();

  /// Loads what generating needs.
  virtual ::executorch::runtime::Error load();

  /// Whether tokenizer and model are loaded.
  virtual bool is_loaded() const;

 private:
  friend class TextLLMRunner;

  // Runs the loop on `session`, which it keeps up to date even on failure.
  ::executorch::runtime::Error run(
      ::etllm::engine::Session& session,
      const ::etllm::engine::GenerationRequest& request,
      ::etllm::engine::GenerationOutcome& outcome);

  ::tokenizers::Tokenizer* tokenizer_;
  TextDecoderRunner* text_decoder_runner_;
  bool use_kv_cache_;
  std::unique_ptr<std::unordered_set<uint64_t>> eos_ids_;
  Stats* stats_;
  bool ignore_eos_ = false;
  std::vector<std::shared_ptr<LogitProcessor>> logit_processors_;
};

}  // namespace llm
}  // namespace extension
}  // namespace executorch
