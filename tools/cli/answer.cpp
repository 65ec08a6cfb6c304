#include "cli/answer.h"

#include <executorch/extension/llm/runner/util.h>

#include <cstdio>

#include "cli/terminal.h"

namespace etllm::cli {

namespace llm = executorch::extension::llm;

llm::GenerationConfig generation_config(const LoadedModel& model,
                                        const RunOptions& options) {
  const ModelSampling& own = model.sampling;
  llm::GenerationConfig config;
  config.echo = false;
  config.seq_len = -1;
  config.max_new_tokens = options.max_new_tokens;
  config.ignore_eos = options.ignore_eos;
  config.temperature = options.temperature.value_or(
      own.temperature.value_or(kDefaultTemperature));
  config.top_k = options.top_k.value_or(own.top_k.value_or(kDefaultTopK));
  config.top_p = options.top_p.value_or(own.top_p.value_or(kDefaultTopP));
  config.min_p = options.min_p.value_or(own.min_p.value_or(kDefaultMinP));
  config.repetition_penalty = options.repetition_penalty.value_or(
      own.repetition_penalty.value_or(kDefaultRepetitionPenalty));
  config.seed = options.seed;
  config.stop = options.stop;
  return config;
}

Result<Answer> stream_answer(llm::TextLLMRunner& runner,
                             const std::string& prompt,
                             const llm::GenerationConfig& config,
                             InterruptWatcher& interrupts) {
  Answer answer;
  const auto print = [&answer, &runner](const std::string& text) {
    answer.text += text;
    std::fwrite(text.data(), 1, text.size(), stdout);
    // Nobody would see the rest.
    if (std::fflush(stdout) != 0) runner.stop();
  };
  executorch::runtime::Error error{};
  {
    const InterruptScope scope(interrupts, [&runner] { runner.stop(); });
    error = runner.generate(prompt, config, print);
  }
  if (!answer.text.empty() && answer.text.back() != '\n') {
    std::fputc('\n', stdout);
    std::fflush(stdout);
  }
  if (error != executorch::runtime::Error::Ok) {
    return invalid_argument(runner.error_message());
  }
  if (std::ferror(stdout) != 0) {
    return io_error("cannot write the answer to standard output");
  }
  answer.finish_reason = runner.finish_reason();
  return answer;
}

void print_stats(const LoadedModel& model) {
  const llm::Stats& stats = model.runner->stats();
  std::fprintf(stderr,
               "load         %6ld ms\n"
               "first token  %6ld ms\n"
               "prefill      %6lld tokens  %8.1f tokens/s\n"
               "decode       %6lld tokens  %8.1f tokens/s\n"
               "RSS          %s\n",
               model.load_ms, stats.time_to_first_token_ms(),
               static_cast<long long>(stats.num_prompt_tokens),
               stats.prompt_tokens_per_second(),
               static_cast<long long>(stats.num_generated_tokens),
               stats.tokens_per_second(),
               format_bytes(llm::get_rss_bytes()).c_str());
}

}  // namespace etllm::cli
