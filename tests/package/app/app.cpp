// A program of somebody else's: answers a prompt with the model in argv[1].

#include <executorch/extension/llm/runner/llm_runner_helper.h>
#include <executorch/extension/llm/runner/text_llm_runner.h>
#include <executorch/extension/llm/sampler/sampler.h>
#include <pytorch/tokenizers/hf_tokenizer.h>

#include <iostream>

using namespace executorch::extension::llm;

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  auto runner = create_text_llm_runner(argv[1], load_tokenizer(argv[1]));
  if (!runner) return 1;
  GenerationConfig config;
  config.echo = false;
  config.temperature = 0.0f;
  config.max_new_tokens = 8;
  const auto error = runner->generate(
      argv[2], config,
      [](const std::string& text) { std::cout << text << std::flush; });
  return error == executorch::runtime::Error::Ok ? 0 : 1;
}
