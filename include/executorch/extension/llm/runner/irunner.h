#pragma once

// What every language model runner can do, and how a generation is configured.
//
//   GenerationConfig config;
//   config.max_new_tokens = 64;
//   Error error = runner.generate("Why is the sky blue?", config, print);

#include <executorch/extension/llm/runner/multimodal_input.h>
#include <executorch/extension/llm/runner/stats.h>
#include <executorch/runtime/core/error.h>
#include <executorch/runtime/core/result.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace executorch {
namespace extension {
namespace llm {

/// How one answer is generated. Sampling options are off by default, and
/// applied in this order: penalties, temperature, top-k, top-p, min-p.
struct GenerationConfig {
  /// Hand the prompt to the token callback before the answer.
  bool echo = true;
  /// Treat EOS tokens as ordinary tokens.
  bool ignore_eos = false;
  /// Most tokens to generate; 0 only reads the prompt, -1 is no limit of its
  /// own. Anything below is an error.
  int32_t max_new_tokens = -1;
  /// A run that only warms caches: nothing is echoed, no callback is called.
  bool warming = false;
  /// Most tokens of the whole conversation, prompt included; -1 is the
  /// model's context length. Anything below is an error.
  int32_t seq_len = 1024;
  /// 0 always takes the likeliest token; higher values are more varied.
  float temperature = 0.8f;
  /// BOS tokens in front of a conversation, for models whose tokenizer defines
  /// that they get one; never doubled when the text begins with it already.
  int8_t num_bos = 1;
  /// How many EOS tokens end the answer; 0 counts as 1.
  int8_t num_eos = 1;
  /// A grammar that the answer must follow, and its language. Not supported
  /// yet: a text here is an error, not ignored.
  std::string grammar;
  std::string grammar_type;

  /// Keep the k likeliest tokens; 0 keeps all.
  int32_t top_k = 0;
  /// Keep the likeliest tokens that together reach this probability; 1 keeps
  /// all.
  float top_p = 1.0f;
  /// Drop tokens below this share of the likeliest one's probability.
  float min_p = 0.0f;
  /// Divides positive logits (multiplies negative ones) of every token that
  /// the conversation already holds, prompt included; 1 is off.
  float repetition_penalty = 1.0f;
  /// Subtracted once from the logit of every token of this answer.
  float presence_penalty = 0.0f;
  /// Subtracted from the logit of a token for each time this answer has it.
  float frequency_penalty = 0.0f;
  /// The same seed gives the same text; without one, each run differs.
  std::optional<uint64_t> seed;
  /// Texts that end the answer. They, and what follows, are not delivered.
  std::vector<std::string> stop;

  /// The number of tokens that may still be generated: the smallest of what
  /// `seq_len`, `max_new_tokens` and the context leave, never below 0.
  int32_t resolve_max_new_tokens(int64_t max_context_len,
                                 int64_t num_tokens_occupied) const;
};

/// Why a generation ended.
enum class FinishReason {
  None,        ///< Nothing has been generated yet.
  Eos,         ///< The model ended the answer.
  StopString,  ///< One of GenerationConfig::stop appeared.
  Length,      ///< max_new_tokens, seq_len or the context was reached.
  Stopped,     ///< stop() was called.
  Failed,      ///< An error ended it.
};

/// "eos", "stop", "length", "stopped", "failed" or "none".
const char* to_string(FinishReason reason);

/// Implement it to plug a runner of your own into code that knows only this
/// interface. Thread safety: `stop()` may be called from any thread at any
/// time; everything else is for one thread at a time.
class IRunner {
 public:
  virtual ~IRunner() = default;

  /// Whether `load()` has succeeded.
  virtual bool is_loaded() const = 0;

  /// Loads the model; does nothing when it is loaded already.
  virtual ::executorch::runtime::Error load() = 0;

  /// Reads `prompt` and generates an answer. `token_callback` receives the
  /// text as it appears, `stats_callback` the measurements at the end; both
  /// may be empty and are called on this thread. Runners may differ in what an
  /// empty prompt means.
  virtual ::executorch::runtime::Error generate(
      const std::string& prompt, const GenerationConfig& config,
      std::function<void(const std::string&)> token_callback = {},
      std::function<void(const Stats&)> stats_callback = {}) = 0;

  /// Reads `inputs` without generating. Returns the likeliest next token.
  virtual ::executorch::runtime::Result<uint64_t> prefill(
      const std::vector<MultimodalInput>& inputs, int32_t num_bos = 0,
      int32_t num_eos = 0);

  /// Ends the running generation within one token.
  virtual void stop() = 0;

  /// Forgets the conversation: the next prompt starts at position 0.
  virtual void reset() = 0;
};

}  // namespace llm
}  // namespace extension
}  // namespace executorch
