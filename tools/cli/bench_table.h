#pragma once

// The rows of `etllm bench`, printed as llama-bench prints its own, so that
// the two can be read side by side.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/bench_session.h"

namespace etllm::cli {

/// One row: a test and the time of each of its runs.
struct BenchRow {
  int prompt_tokens = 0;
  int generated_tokens = 0;
  std::vector<double> seconds;

  int tokens() const { return prompt_tokens + generated_tokens; }
  std::string name() const {
    return prompt_tokens > 0 ? "pp" + std::to_string(prompt_tokens)
                             : "tg" + std::to_string(generated_tokens);
  }
  std::vector<double> tokens_per_second() const {
    std::vector<double> speeds;
    for (const double time : seconds) speeds.push_back(tokens() / time);
    return speeds;
  }
};

/// Prints to stdout in the format "md", "csv" or "json". Rows appear as they
/// are added. The arguments are borrowed.
class BenchTable {
 public:
  BenchTable(const BenchInfo& info, const std::string& format)
      : info_(info), format_(format) {}

  void add(const BenchRow& row);
  /// Call once after the last row.
  void finish() const;

 private:
  void add_markdown(const BenchRow& row) const;
  void add_csv(const BenchRow& row) const;
  void add_json(const BenchRow& row) const;
  nlohmann::ordered_json as_json(const BenchRow& row) const;

  const BenchInfo& info_;
  const std::string& format_;
  int num_rows_ = 0;
};

}  // namespace etllm::cli
