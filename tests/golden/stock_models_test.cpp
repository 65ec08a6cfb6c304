// Tiny models that ExecuTorch's own tools exported answer as the wheel's
// TextLLMRunner does; see make_stock_models.py.

#include <executorch/extension/llm/runner/llm_runner_helper.h>
#include <executorch/extension/llm/runner/text_llm_runner.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace executorch::extension::llm {
namespace {

using nlohmann::json;

const std::string kFolder = ETLLM_SOURCE_DIR "/tests/golden/stock_models/";

json stock_models() {
  std::ifstream file(kFolder + "greedy.json");
  return json::parse(file);
}

std::unique_ptr<TextLLMRunner> open(const json& model) {
  TextLLMRunnerOptions options;
  options.model_path = kFolder + model["name"].get<std::string>() + ".pte";
  options.tokenizer_path = kFolder + "tokenizer.json";
  for (const json& data : model["data"]) {
    options.data_files.push_back(kFolder + data.get<std::string>());
  }
  std::string error;
  auto runner = open_text_llm_runner(options, &error);
  EXPECT_NE(runner, nullptr) << error;
  return runner;
}

GenerationConfig greedy() {
  GenerationConfig config;
  config.echo = false;
  config.max_new_tokens = 20;
  config.temperature = 0.0f;
  return config;
}

TEST(StockModels, AnswerAsTheWheelDoes) {
  const json models = stock_models();
  ASSERT_FALSE(models.empty());
  for (const json& model : models) {
    SCOPED_TRACE(model["name"].get<std::string>());
    for (const json& answer : model["answers"]) {
      SCOPED_TRACE(answer["prompt"].get<std::string>());
      const auto runner = open(model);
      ASSERT_NE(runner, nullptr);
      ASSERT_EQ(runner->generate(answer["prompt"], greedy()),
                runtime::Error::Ok);
      EXPECT_EQ(runner->generated_tokens(),
                answer["ids"].get<std::vector<uint64_t>>());
    }
  }
}

TEST(StockModels, NeedEachOfTheirDataFiles) {
  TextLLMRunnerOptions options;
  options.model_path = kFolder + "llama_lora_ptd.pte";
  options.tokenizer_path = kFolder + "tokenizer.json";
  options.data_files = {kFolder + "llama_lora_ptd_base.ptd"};
  std::string error;
  EXPECT_EQ(open_text_llm_runner(options, &error), nullptr);
  EXPECT_NE(error.find("a data file that was not given"), std::string::npos)
      << error;
}

}  // namespace
}  // namespace executorch::extension::llm
