// `etllm bench`: tokens per second of prefill (pp) and decode (tg), in the rows
// that llama-bench prints, so that the two can be read side by side.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "cli/bench_session.h"
#include "cli/commands.h"
#include "cli/terminal.h"

namespace etllm::cli {
namespace {

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

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) /
         static_cast<double>(values.size());
}

double standard_deviation(const std::vector<double>& values) {
  if (values.size() < 2) return 0.0;
  const double center = mean(values);
  double sum = 0.0;
  for (const double value : values) sum += (value - center) * (value - center);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

std::vector<std::uint64_t> random_tokens(std::size_t count,
                                         std::int64_t vocabulary) {
  std::mt19937_64 random(1);
  std::vector<std::uint64_t> tokens(count);
  for (auto& token : tokens) {
    token = random() % static_cast<std::uint64_t>(vocabulary);
  }
  return tokens;
}

Status run_once(BenchSession& session, const BenchRow& row,
                const std::vector<std::uint64_t>& tokens) {
  return row.prompt_tokens > 0 ? session.prefill(tokens)
                               : session.decode(tokens);
}

/// Runs the test once unmeasured, then `repetitions` times.
Status measure(BenchSession& session, int repetitions, BenchRow& row) {
  using Clock = std::chrono::steady_clock;
  const auto tokens = random_tokens(static_cast<std::size_t>(row.tokens()),
                                    session.info().vocabulary_size);
  Status status = run_once(session, row, tokens);
  for (int i = 0; status.ok() && i < repetitions; ++i) {
    const auto start = Clock::now();
    status = run_once(session, row, tokens);
    row.seconds.push_back(
        std::chrono::duration<double>(Clock::now() - start).count());
  }
  return status;
}

std::vector<BenchRow> requested_rows(const BenchOptions& options) {
  std::vector<BenchRow> rows;
  for (const int tokens : options.prompt_tokens) {
    if (tokens > 0) rows.push_back({tokens, 0, {}});
  }
  for (const int tokens : options.generated_tokens) {
    if (tokens > 0) rows.push_back({0, tokens, {}});
  }
  return rows;
}

void print_markdown(const BenchInfo& info, const std::vector<BenchRow>& rows) {
  std::printf(
      "| %-30s | %10s | %10s | %-10s | %7s | %15s | %20s |\n"
      "| %-30s | %10s | %10s | %-10s | %7s | %15s | %20s |\n",
      "model", "size", "params", "backend", "threads", "test", "t/s",
      "------------------------------",
      "---------:", "---------:", "----------",
      "------:", "--------------:", "-------------------:");
  for (const BenchRow& row : rows) {
    const auto speeds = row.tokens_per_second();
    std::printf(
        "| %-30s | %6.2f MiB | %8.2f M | %-10s | %7d | %15s | %11.2f "
        "± %.2f |\n",
        info.model.c_str(), static_cast<double>(info.size_bytes) / (1 << 20),
        static_cast<double>(info.parameters) / 1e6, "ExecuTorch", info.threads,
        row.name().c_str(), mean(speeds), standard_deviation(speeds));
  }
}

/// The keys are llama-bench's; times are nanoseconds.
nlohmann::ordered_json row_as_json(const BenchInfo& info, const BenchRow& row) {
  std::vector<double> nanoseconds;
  for (const double time : row.seconds) nanoseconds.push_back(time * 1e9);
  const auto speeds = row.tokens_per_second();
  return {{"model_filename", info.path},
          {"model_type", info.model},
          {"model_size", info.size_bytes},
          {"model_n_params", info.parameters},
          {"backends", "ExecuTorch"},
          {"kernels", info.kernels},
          {"n_threads", info.threads},
          {"n_prompt", row.prompt_tokens},
          {"n_gen", row.generated_tokens},
          {"avg_ns", mean(nanoseconds)},
          {"stddev_ns", standard_deviation(nanoseconds)},
          {"avg_ts", mean(speeds)},
          {"stddev_ts", standard_deviation(speeds)},
          {"samples_ns", nanoseconds},
          {"samples_ts", speeds}};
}

void print_json(const BenchInfo& info, const std::vector<BenchRow>& rows) {
  auto all = nlohmann::ordered_json::array();
  for (const BenchRow& row : rows) all.push_back(row_as_json(info, row));
  std::printf("%s\n", all.dump(2).c_str());
}

void print_csv(const BenchInfo& info, const std::vector<BenchRow>& rows) {
  bool is_first = true;
  for (const BenchRow& row : rows) {
    nlohmann::ordered_json fields = row_as_json(info, row);
    fields.erase("samples_ns");
    fields.erase("samples_ts");
    std::string header;
    std::string line;
    for (const auto& [key, value] : fields.items()) {
      const char* separator = line.empty() ? "" : ",";
      header += separator + key;
      line += separator + value.dump();
    }
    if (is_first) std::printf("%s\n", header.c_str());
    std::printf("%s\n", line.c_str());
    is_first = false;
  }
}

}  // namespace

int bench_command(const BenchOptions& options) {
  Result<BenchSession> session = BenchSession::open(options.engine);
  if (!session.ok()) return fail(session.status().message());

  std::vector<BenchRow> rows = requested_rows(options);
  for (BenchRow& row : rows) {
    const Status status = measure(*session, options.repetitions, row);
    if (!status.ok()) return fail(row.name() + ": " + status.message());
  }
  if (options.output_format == "json") {
    print_json(session->info(), rows);
  } else if (options.output_format == "csv") {
    print_csv(session->info(), rows);
  } else {
    print_markdown(session->info(), rows);
  }
  return 0;
}

}  // namespace etllm::cli
