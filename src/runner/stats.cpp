#include <executorch/extension/llm/runner/stats.h>
#include <executorch/runtime/platform/log.h>

#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <sstream>

namespace executorch::extension::llm {
namespace {

int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

double per_second(int64_t count, long start_ms, long end_ms) {
  if (count <= 0 || end_ms <= start_ms) return 0;
  return static_cast<double>(count) * Stats::SCALING_FACTOR_UNITS_PER_SECOND /
         static_cast<double>(end_ms - start_ms);
}

double seconds(long start_ms, long end_ms) {
  return static_cast<double>(end_ms - start_ms) /
         Stats::SCALING_FACTOR_UNITS_PER_SECOND;
}

}  // namespace

void Stats::on_sampling_begin() { sampling_start_us_ = now_us(); }

void Stats::on_sampling_end() {
  // Summed in microseconds: a selection rarely takes a whole millisecond.
  sampling_us_ += now_us() - sampling_start_us_;
  aggregate_sampling_time_ms = static_cast<long>(sampling_us_ / 1000);
}

void Stats::reset(bool keep_load_times) {
  const Stats before = *this;
  *this = Stats();
  if (keep_load_times) {
    model_load_start_ms = before.model_load_start_ms;
    model_load_end_ms = before.model_load_end_ms;
  }
}

double Stats::tokens_per_second() const {
  // The first token comes from the prompt's logits, not from the decode phase.
  return per_second(num_generated_tokens - 1, first_token_ms, inference_end_ms);
}

double Stats::prompt_tokens_per_second() const {
  return per_second(num_prompt_tokens, inference_start_ms, prompt_eval_end_ms);
}

long Stats::time_to_first_token_ms() const {
  return first_token_ms == 0 ? 0 : first_token_ms - inference_start_ms;
}

std::string stats_to_json_string(const Stats& stats) {
  std::ostringstream out;
  out << "{\"prompt_tokens\":" << stats.num_prompt_tokens
      << ",\"generated_tokens\":" << stats.num_generated_tokens
      << ",\"model_load_start_ms\":" << stats.model_load_start_ms
      << ",\"model_load_end_ms\":" << stats.model_load_end_ms
      << ",\"inference_start_ms\":" << stats.inference_start_ms
      << ",\"inference_end_ms\":" << stats.inference_end_ms
      << ",\"prompt_eval_end_ms\":" << stats.prompt_eval_end_ms
      << ",\"first_token_ms\":" << stats.first_token_ms
      << ",\"aggregate_sampling_time_ms\":" << stats.aggregate_sampling_time_ms
      << ",\"SCALING_FACTOR_UNITS_PER_SECOND\":"
      << Stats::SCALING_FACTOR_UNITS_PER_SECOND << "}";
  return out.str();
}

void print_report(const Stats& stats) {
  std::printf("PyTorchObserver %s\n", stats_to_json_string(stats).c_str());
  ET_LOG(Info, "model loaded in %.2f s",
         seconds(stats.model_load_start_ms, stats.model_load_end_ms));
  ET_LOG(Info, "prompt: %" PRId64 " tokens, %.2f tokens/s",
         stats.num_prompt_tokens, stats.prompt_tokens_per_second());
  ET_LOG(Info, "answer: %" PRId64 " tokens, %.2f tokens/s, first after %ld ms",
         stats.num_generated_tokens, stats.tokens_per_second(),
         stats.time_to_first_token_ms());
  ET_LOG(Info, "sampling: %ld ms", stats.aggregate_sampling_time_ms);
}

}  // namespace executorch::extension::llm
