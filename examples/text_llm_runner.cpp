// The smallest program: a model, a tokenizer, an answer as it appears. It
// reads model.pte and tokenizer.bin in the current folder; the tokenizer may
// be in any format that load_tokenizer() knows, whatever its file is called.

#include <executorch/extension/llm/runner/llm_runner_helper.h>
#include <executorch/extension/llm/runner/text_llm_runner.h>

#include <iostream>

using namespace executorch::extension::llm;

int main() {
  auto tokenizer = load_tokenizer("tokenizer.bin");
  auto runner = create_text_llm_runner("model.pte", std::move(tokenizer));
  // The reason is in the log.
  if (!runner) return 1;

  GenerationConfig config;
  config.max_new_tokens = 100;
  config.temperature = 0.7f;
  config.echo = true;

  auto token_callback = [](const std::string& token) {
    std::cout << token << std::flush;
  };
  auto error = runner->generate("Hello, how are you?", config, token_callback);
  return error == executorch::runtime::Error::Ok ? 0 : 1;
}
