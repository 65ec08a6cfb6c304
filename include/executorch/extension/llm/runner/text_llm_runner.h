#pragma once

// Text in, text out: a prompt is tokenized, read by the model, and answered
// token by token, while the conversation grows from call to call.
//
//   auto runner = open_text_llm_runner({"model.pte"});
//   if (!runner) return 1;
//   GenerationConfig config;
//   runner->generate("Why is the sky blue?", config,
//                    [](const std::string& text) { std::cout << text; });
//
// The conversation is a sequence of tokens with a position. Each generate() or
// prefill() continues where the last one ended, including the last token that
// was selected, an EOS too. A call that `stop()` ends while it reads its
// prompt leaves the conversation as it was before. A call that fails because
// the model could not be executed leaves a conversation that only reset()
// makes usable again; calls in between return InvalidState.

#include <executorch/extension/llm/runner/io_manager/io_manager.h>
#include <executorch/extension/llm/runner/irunner.h>
#include <executorch/extension/llm/runner/llm_runner_helper.h>
#include <executorch/extension/llm/runner/stats.h>
#include <executorch/extension/llm/runner/text_decoder_runner.h>
#include <executorch/extension/llm/runner/text_prefiller.h>
#include <executorch/extension/llm/runner/text_token_generator.h>
#include <executorch/extension/module/module.h>
#include <pytorch/tokenizers/tokenizer.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace etllm::engine {
struct Session;
}

namespace executorch {
namespace extension {
namespace llm {

/// `stop()` may be called from any thread at any time: it ends the running
/// generate() or prefill() within one token or prefill chunk; when none is
/// running, it ends the next one before it does any work. A request is used up
/// when the call it ends returns, and reset() withdraws it. Everything else is
/// for one thread at a time; separate runners are independent.
class TextLLMRunner : public IRunner {
 public:
  /// Takes its parts; `llm_runner_helper.h` has functions that make them.
  /// `metadata` holds the constants.h keys of the model; contradictions in it
  /// are reported by `load()`. A `temperature` of 0 or more overrides the one
  /// in GenerationConfig. `prefill_decoder_runner` is the runner that
  /// `text_prefiller` uses when that is not `text_decoder_runner`.
  explicit TextLLMRunner(
      const std::unordered_map<std::string, int64_t>& metadata,
      std::unique_ptr<::tokenizers::Tokenizer> tokenizer,
      std::unique_ptr<::executorch::extension::Module> module,
      std::unique_ptr<TextDecoderRunner> text_decoder_runner,
      std::unique_ptr<TextPrefiller> text_prefiller,
      std::unique_ptr<IOManager> io_manager,
      std::unique_ptr<TextTokenGenerator> text_token_generator,
      std::unique_ptr<Stats> stats, float temperature = -1.0f,
      std::unique_ptr<TextDecoderRunner> prefill_decoder_runner = nullptr);
  ~TextLLMRunner() override;

  bool is_loaded() const override;

  /// Loads the method. InvalidArgument without a tokenizer, OperatorMissing
  /// when the program needs operators that are not registered, and the
  /// runtime's errors; `error_message()` has the sentence.
  ::executorch::runtime::Error load() override;

  /// Appends `prompt` to the conversation and generates an answer. An empty
  /// prompt goes on from an earlier prefill() or generate(); InvalidState when
  /// there was none. InvalidArgument: a value of `config` that makes no sense,
  /// or a prompt longer than the room left. NotSupported: a grammar. Returns
  /// Ok when `stop()` ended it.
  ::executorch::runtime::Error generate(
      const std::string& prompt, const GenerationConfig& config,
      std::function<void(const std::string&)> token_callback = {},
      std::function<void(const Stats&)> stats_callback = {}) override;

  /// Appends text and token inputs to the conversation without generating;
  /// `generate("")` goes on from there. `num_bos` as in GenerationConfig, for
  /// the first input; `num_eos` EOS tokens end each text. Returns the
  /// likeliest next token. EndOfMethod when `stop()` ended it, else as
  /// generate().
  ::executorch::runtime::Result<uint64_t> prefill(
      const std::vector<MultimodalInput>& inputs, int32_t num_bos = 0,
      int32_t num_eos = 0) override;
  ::executorch::runtime::Result<uint64_t> prefill(const std::string& prompt,
                                                  int32_t num_bos = 0,
                                                  int32_t num_eos = 0);
  /// With the `num_bos` of `config`; and its `echo`, `seq_len` and the rest
  /// have no meaning here.
  ::executorch::runtime::Result<uint64_t> prefill(
      const std::string& prompt, const GenerationConfig& config);
  /// The same for tokens.
  ::executorch::runtime::Result<uint64_t> prefill_tokens(
      std::vector<uint64_t> tokens);

  /// Generates once and leaves the conversation as it was before.
  ::executorch::runtime::Error warmup(const std::string& prompt,
                                      int32_t max_new_tokens);

  void stop() override;
  void reset() override;

  /// Number of tokens that the model has read.
  int64_t position() const;
  /// Shortens the conversation to its first `position` tokens; `generate("")`
  /// answers them anew. InvalidArgument beyond `position()`.
  ::executorch::runtime::Error seek(int64_t position);

  /// Why the last generation ended.
  FinishReason finish_reason() const;
  /// Token ids that the last generate() or prefill() appended to the
  /// conversation, BOS included; valid until the next call.
  const std::vector<uint64_t>& prompt_tokens() const;
  /// Token ids that the last generate() selected, EOS included; valid until
  /// the next call.
  const std::vector<uint64_t>& generated_tokens() const;
  /// Measurements of the last turn.
  const Stats& stats() const { return *stats_; }
  /// One sentence about the last failure, empty after a success; valid until
  /// the next call.
  const std::string& error_message() const;
  /// Names the model in sentences, as the factories do with its path.
  void set_model_name(std::string name);

  /// Most tokens of a conversation. Without a KV cache that is one more than
  /// a call reads: an answer may end with a token that nobody reads.
  int64_t max_context_len() const;
  /// The tokenizer, or nullptr; owned by the runner.
  ::tokenizers::Tokenizer* tokenizer() const { return tokenizer_.get(); }
  /// The module, or nullptr; owned by the runner.
  ::executorch::extension::Module* module() const { return module_.get(); }

 private:
  struct State;
  struct Turn;

  ::executorch::runtime::Error fail(::executorch::runtime::Error error,
                                    const std::string& sentence);
  const std::string& prefill_method_name() const;
  ::executorch::runtime::Error check_parts();
  ::executorch::runtime::Error load_parts();
  ::executorch::runtime::Error check_ready();
  /// Most tokens that the model can read: without a cache, those of a call.
  int64_t max_readable_len() const;
  ::executorch::runtime::Error run_turn(Turn& turn);
  ::executorch::runtime::Error plan_turn(Turn& turn);
  ::executorch::runtime::Error read_prompt(Turn& turn);
  ::executorch::runtime::Error generate_answer(Turn& turn);
  ::executorch::runtime::Result<std::vector<uint64_t>> encode(
      const std::string& text, int32_t num_bos, int32_t num_eos);
  ::executorch::runtime::Error check_vocabulary(
      const std::vector<uint64_t>& tokens);
  void withdraw_prompt(::etllm::engine::Session before);
  void restore(::etllm::engine::Session before);
  std::string failure_sentence(const char* what,
                               ::executorch::runtime::Error error) const;
  /// Whether the next token can be selected without reading the conversation
  /// once more.
  bool can_go_on() const;
  /// Reads what the model has not read yet, or has forgotten, then `tokens`.
  ::executorch::runtime::Error append_tokens(
      const std::vector<uint64_t>& tokens);
  ::executorch::runtime::Result<uint64_t> prefill_all(
      const std::vector<uint64_t>& tokens);

  // In lifetime order: what is borrowed stands before its borrowers.
  std::unique_ptr<Stats> stats_;
  std::unique_ptr<::tokenizers::Tokenizer> tokenizer_;
  std::unique_ptr<::executorch::extension::Module> module_;
  std::unique_ptr<IOManager> io_manager_;
  std::unique_ptr<TextDecoderRunner> text_decoder_runner_;
  std::unique_ptr<TextDecoderRunner> prefill_decoder_runner_;
  std::unique_ptr<TextPrefiller> text_prefiller_;
  std::unique_ptr<TextTokenGenerator> text_token_generator_;
  float temperature_;
  std::unique_ptr<State> state_;
};

}  // namespace llm
}  // namespace extension
}  // namespace executorch
