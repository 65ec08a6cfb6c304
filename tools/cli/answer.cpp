#include "cli/answer.h"

#include <executorch/extension/llm/runner/util.h>

#include <cstdio>

#include "cli/terminal.h"

namespace etllm::cli {
namespace {

namespace llm = executorch::extension::llm;

}  // namespace

llm::GenerationConfig generation_config(const RunOptions& options) {
  llm::GenerationConfig config;
  config.echo = false;
  config.seq_len = -1;
  config.max_new_tokens = options.max_new_tokens;
  config.ignore_eos = options.ignore_eos;
  config.temperature = options.temperature;
  config.top_k = options.top_k;
  config.top_p = options.top_p;
  config.min_p = options.min_p;
  config.repetition_penalty = options.repetition_penalty;
  config.seed = options.seed;
  config.stop = options.stop;
  return config;
}

Result<Answer> stream_answer(llm::TextLLMRunner& runner,
                             const std::string& prompt,
                             const llm::GenerationConfig& config,
                             InterruptWatcher& interrupts) {
  const InterruptScope scope(interrupts, [&runner] { runner.stop(); });
  Answer answer;
  const auto error =
      runner.generate(prompt, config, [&answer](const std::string& text) {
        answer.text += text;
        std::fwrite(text.data(), 1, text.size(), stdout);
        std::fflush(stdout);
      });
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

void print_stats(const llm::TextLLMRunner& runner) {
  const llm::Stats& stats = runner.stats();
  std::fprintf(stderr,
               "load %ld ms, first token %ld ms\n"
               "prefill %lld tokens, %.1f tokens/s\n"
               "decode %lld tokens, %.1f tokens/s\n"
               "RSS %s\n",
               stats.model_load_end_ms - stats.model_load_start_ms,
               stats.time_to_first_token_ms(),
               static_cast<long long>(stats.num_prompt_tokens),
               stats.prompt_tokens_per_second(),
               static_cast<long long>(stats.num_generated_tokens),
               stats.tokens_per_second(),
               format_bytes(llm::get_rss_bytes()).c_str());
}

}  // namespace etllm::cli
