#pragma once

// What one generation cost. Times are milliseconds of a steady clock, so only
// their differences mean something; counts are of the last turn alone.

#include <cstdint>
#include <string>

namespace executorch {
namespace extension {
namespace llm {

/// Filled by the runners, handed to the stats callback. A plain value.
struct Stats {
  /// Time stamps per second.
  static constexpr long SCALING_FACTOR_UNITS_PER_SECOND = 1000;

  /// Loading of the model. Kept from turn to turn.
  long model_load_start_ms = 0;
  long model_load_end_ms = 0;
  /// Start of the turn, the model being loaded.
  long inference_start_ms = 0;
  /// End of the tokenization of the prompt.
  long token_encode_end_ms = 0;
  /// Start of the first and end of the last execution of the model.
  long model_execution_start_ms = 0;
  long model_execution_end_ms = 0;
  /// End of reading the prompt.
  long prompt_eval_end_ms = 0;
  /// When the first token was selected.
  long first_token_ms = 0;
  /// End of the turn.
  long inference_end_ms = 0;
  /// Time spent on selecting tokens from logits.
  long aggregate_sampling_time_ms = 0;
  /// Tokens of the prompt; after `generate("")`, of the prefills before it.
  int64_t num_prompt_tokens = 0;
  /// Selected tokens, an EOS included.
  int64_t num_generated_tokens = 0;

  /// Enclose the selection of one token.
  void on_sampling_begin();
  void on_sampling_end();

  /// Back to zero; with `keep_load_times`, all but the loading.
  void reset(bool keep_load_times = false);

  /// Generated tokens per second of the decode phase, which begins when the
  /// first token is there; 0 when there was none.
  double tokens_per_second() const;
  /// Prompt tokens per second, tokenization included; 0 when unknown.
  double prompt_tokens_per_second() const;
  /// From the start of the turn to the first token.
  long time_to_first_token_ms() const;

 private:
  int64_t sampling_start_us_ = 0;
  int64_t sampling_us_ = 0;
};

/// One line of JSON with the counts and time stamps.
std::string stats_to_json_string(const Stats& stats);

/// Prints `PyTorchObserver {json}` to standard output and logs a summary. The
/// library never calls it.
void print_report(const Stats& stats);

}  // namespace llm
}  // namespace extension
}  // namespace executorch

namespace executorch {
namespace llm {
using ::executorch::extension::llm::print_report;
using ::executorch::extension::llm::Stats;
}  // namespace llm
}  // namespace executorch
