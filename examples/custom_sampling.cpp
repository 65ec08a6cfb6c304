// Each call has its own temperature: low for facts, high for ideas.

#include <executorch/extension/llm/runner/irunner.h>
#include <executorch/extension/llm/runner/llm_runner_helper.h>
#include <executorch/extension/llm/runner/text_llm_runner.h>

#include <iostream>

using namespace executorch::extension::llm;

int main() {
  auto runner =
      create_text_llm_runner("model.pte", load_tokenizer("tokenizer.bin"));
  if (!runner) return 1;
  auto callback = [](const std::string& token) { std::cout << token; };

  GenerationConfig config;
  config.max_new_tokens = 32;
  config.echo = false;
  config.temperature = 0.1f;  // Hardly ever anything but the likeliest token.
  auto error = runner->generate("The capital of France is", config, callback);
  if (error != executorch::runtime::Error::Ok) return 1;

  runner->reset();  // The second prompt has nothing to do with the first.
  std::cout << "\n---\n";
  config.temperature = 1.2f;
  config.top_p = 0.95f;
  config.seed = 7;  // The same seed gives the same text.
  error = runner->generate("Once upon a time", config, callback);
  std::cout << std::endl;
  return error == executorch::runtime::Error::Ok ? 0 : 1;
}
