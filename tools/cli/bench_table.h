#pragma once

// The rows of `etllm bench`, printed as llama-bench prints its own, so that
// the two can be read side by side.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/bench_session.h"

namespace etllm::cli {

/// One row: a test, the time of each of its runs, and where it went.
struct BenchRow {
  int prompt_tokens = 0;
  int generated_tokens = 0;
  int depth = 0;
  std::vector<double> seconds;
  std::vector<ProfileRow> profile;  ///< Of all runs; empty unless asked for.

  int tokens() const { return prompt_tokens + generated_tokens; }
  std::string name() const {
    const std::string test = prompt_tokens > 0
                                 ? "pp" + std::to_string(prompt_tokens)
                                 : "tg" + std::to_string(generated_tokens);
    return depth == 0 ? test : test + " @ d" + std::to_string(depth);
  }
  std::vector<double> tokens_per_second() const {
    std::vector<double> speeds;
    for (const double time : seconds) speeds.push_back(tokens() / time);
    return speeds;
  }
};

/// Prints to stdout in the format "md", "csv" or "json". Rows appear as they
/// are added, and in "md" the profiles at the end. The arguments are borrowed.
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
  static void print_profile(const BenchRow& row);
  nlohmann::ordered_json as_json(const BenchRow& row) const;

  const BenchInfo& info_;
  const std::string& format_;
  std::vector<BenchRow> rows_;
};

}  // namespace etllm::cli
