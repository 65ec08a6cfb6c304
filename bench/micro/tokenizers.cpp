// Loading a tokenizer, and encoding a megabyte of a text, on one thread.
//
//   etllm_tokenizer_bench TOKENIZER TEXT [RUNS]
//
// prints a line "<what>\t<milliseconds>\t<tokens>" for each run: loading, the
// text, and texts that are hard for tokenizers.

#include <executorch/extension/llm/runner/llm_runner_helper.h>
#include <pytorch/tokenizers/tokenizer.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace etllm::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kBytes = 1U << 20U;
constexpr int kDefaultRuns = 7;

/// A megabyte of `part` again and again, in whole copies.
std::string repeated(std::string_view part) {
  std::string text;
  while (text.size() + part.size() <= kBytes) text += part;
  return text;
}

void print(const char* what, Clock::time_point start, std::size_t tokens) {
  const std::chrono::duration<double, std::milli> time = Clock::now() - start;
  std::printf("%s\t%.3f\t%zu\n", what, time.count(), tokens);
}

int run(const std::string& file, const std::string& text_file, int runs) {
  std::ifstream stream(text_file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (text.empty() || text.size() > kBytes) {
    std::fprintf(stderr, "%s must hold a text of at most a megabyte\n",
                 text_file.c_str());
    return 1;
  }
  const std::vector<std::pair<const char*, std::string>> texts = {
      {"text", repeated(text)},
      {"letter", repeated("a")},
      {"spaces", repeated(" ")},
      {"emoji", repeated("\xf0\x9f\x98\x80")}};
  for (int i = 0; i < runs; ++i) {
    const auto start = Clock::now();
    const auto tokenizer = executorch::extension::llm::load_tokenizer(file);
    if (tokenizer == nullptr) return 1;
    print("load", start, 0);
    for (const auto& [what, content] : texts) {
      const auto encode_start = Clock::now();
      const auto ids = tokenizer->encode(content);
      if (!ids.ok()) return 1;
      print(what, encode_start, ids->size());
    }
  }
  return 0;
}

}  // namespace
}  // namespace etllm::bench

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    std::fprintf(stderr, "usage: %s TOKENIZER TEXT [RUNS]\n", argv[0]);
    return 2;
  }
  return etllm::bench::run(
      argv[1], argv[2],
      argc == 4 ? std::atoi(argv[3]) : etllm::bench::kDefaultRuns);
}
