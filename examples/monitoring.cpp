// What an answer cost: time, speed, memory.

#include <executorch/extension/llm/runner/llm_runner_helper.h>
#include <executorch/extension/llm/runner/text_llm_runner.h>
#include <executorch/extension/llm/runner/util.h>

#include <iostream>

using namespace executorch::extension::llm;

int main() {
  auto runner =
      create_text_llm_runner("model.pte", load_tokenizer("tokenizer.bin"));
  if (!runner) return 1;

  auto stats_callback = [](const Stats& stats) {
    std::cout << "Model load time: "
              << (stats.model_load_end_ms - stats.model_load_start_ms)
              << " ms\n";
    std::cout << "Inference time: "
              << (stats.inference_end_ms - stats.inference_start_ms) << " ms\n";
    std::cout << "Tokens: " << stats.num_prompt_tokens << " read, "
              << stats.num_generated_tokens << " generated\n";
    std::cout << "Tokens/second: " << stats.tokens_per_second() << '\n';
    std::cout << "RSS: "
              << static_cast<double>(get_rss_bytes()) / (1024.0 * 1024.0)
              << " MiB" << std::endl;
  };

  GenerationConfig config;
  config.max_new_tokens = 32;
  const auto error =
      runner->generate("The sky is blue because", config, {}, stats_callback);
  return error == executorch::runtime::Error::Ok ? 0 : 1;
}
