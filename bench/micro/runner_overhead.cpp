// What a token costs beside the model: selecting it, its text, the loop. A
// Module that counts the time of its execute() stands in for the model's own.
//
//   etllm_runner_overhead MODEL.pte

#include <executorch/extension/llm/runner/llm_runner_helper.h>
#include <executorch/extension/llm/runner/text_llm_runner.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runner/assemble_runner.h"

namespace etllm::bench {
namespace {

namespace llm = executorch::extension::llm;
using executorch::extension::Module;
using executorch::runtime::EValue;
using executorch::runtime::Result;
using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;

// A minute for a model of 700 MB.
constexpr int kTokens = 64;
constexpr int kRuns = 7;

class TimedModule : public Module {
 public:
  explicit TimedModule(const std::string& path)
      : Module(path, LoadMode::Mmap) {}

  Result<std::vector<EValue>> execute(
      const std::string& method, const std::vector<EValue>& inputs) override {
    const auto start = Clock::now();
    auto outputs = Module::execute(method, inputs);
    execute_time += Clock::now() - start;
    return outputs;
  }

  Clock::duration execute_time{};
};

/// Of one token, from the first one of an answer to its last.
struct Cost {
  double total_us;
  double runner_us;
};

class Overhead {
 public:
  bool open(const std::string& path) {
    auto module = std::make_unique<TimedModule>(path);
    module_ = module.get();
    auto runner = runner::assemble_runner({path, std::move(module),
                                           llm::load_tokenizer(path),
                                           llm::kForwardMethod, -1.0F});
    if (!runner.ok()) {
      std::fprintf(stderr, "%s\n", runner.status().message().c_str());
      return false;
    }
    runner_ = std::move(*runner);
    return true;
  }

  Cost measure(const llm::GenerationConfig& config) {
    Clock::time_point first{};
    Clock::duration executed{};
    runner_->reset();
    const auto error =
        runner_->generate("Once upon a time", config, [&](const std::string&) {
          if (first != Clock::time_point{}) return;
          first = Clock::now();
          executed = module_->execute_time;
        });
    if (error != executorch::runtime::Error::Ok) return {};
    const Microseconds total = Clock::now() - first;
    const Microseconds model = module_->execute_time - executed;
    constexpr double kSteps = kTokens - 1;
    return {total.count() / kSteps, (total - model).count() / kSteps};
  }

 private:
  TimedModule* module_ = nullptr;
  std::unique_ptr<llm::TextLLMRunner> runner_;
};

/// Prints the median of the runs by the runner's part.
void report(const char* name, Overhead& overhead,
            const llm::GenerationConfig& config) {
  overhead.measure(config);
  std::vector<Cost> costs;
  costs.reserve(kRuns);
  for (int i = 0; i < kRuns; ++i) costs.push_back(overhead.measure(config));
  std::ranges::nth_element(costs, costs.begin() + kRuns / 2, {},
                           &Cost::runner_us);
  const Cost cost = costs[kRuns / 2];
  std::printf("| %s | %.0f | %.1f | %.2f |\n", name, cost.total_us,
              cost.runner_us, 100 * cost.runner_us / cost.total_us);
}

int run(const std::string& path) {
  Overhead overhead;
  if (!overhead.open(path)) return 1;
  llm::GenerationConfig config;
  config.echo = false;
  config.ignore_eos = true;
  config.max_new_tokens = kTokens;
  config.seed = 1;
  std::printf("| sampling | us a token | of which the runner | %% |\n");
  std::printf("| --- | --- | --- | --- |\n");
  config.temperature = 0;
  report("greedy", overhead, config);
  config.temperature = 0.8F;
  report("temperature 0.8", overhead, config);
  config.top_p = 0.9F;
  report("temperature 0.8, top-p 0.9", overhead, config);
  config.top_k = 40;
  report("temperature 0.8, top-k 40, top-p 0.9", overhead, config);
  config.repetition_penalty = 1.1F;
  report("the same with a repetition penalty", overhead, config);
  return 0;
}

}  // namespace
}  // namespace etllm::bench

int main(int argc, char** argv) {
  if (argc == 2) return etllm::bench::run(argv[1]);
  std::fprintf(stderr, "usage: %s MODEL.pte\n", argv[0]);
  return 2;
}
