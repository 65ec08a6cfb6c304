#include "cli/bench_table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>

namespace etllm::cli {
namespace {

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

/// A path or a name need not be UTF-8.
std::string to_text(const nlohmann::ordered_json& json, int indent) {
  return json.dump(indent, ' ', false,
                   nlohmann::json::error_handler_t::replace);
}

/// CSV doubles quotes where JSON escapes them.
std::string csv_field(const nlohmann::ordered_json& value) {
  if (!value.is_string()) return to_text(value, -1);
  std::string quoted = "\"";
  for (const char c : value.get<std::string>()) {
    quoted += c;
    if (c == '"') quoted += c;
  }
  return quoted + '"';
}

}  // namespace

void BenchTable::add(const BenchRow& row) {
  if (format_ == "json") {
    add_json(row);
  } else if (format_ == "csv") {
    add_csv(row);
  } else {
    add_markdown(row);
  }
  rows_.push_back(row);
  std::fflush(stdout);
}

void BenchTable::finish() const {
  if (format_ == "json") std::printf("\n]\n");
  if (format_ != "md") return;
  for (const BenchRow& row : rows_) print_profile(row);
}

void BenchTable::print_profile(const BenchRow& row) {
  if (row.profile.empty()) return;
  std::uint64_t all = 0;
  for (const ProfileRow& part : row.profile) all += part.nanoseconds;
  const auto runs = static_cast<double>(row.seconds.size());
  std::printf("\n| %-50s | %9s | %10s | %6s |\n", row.name().c_str(), "calls",
              "ms", "%");
  std::printf("| %-50s | %9s | %10s | %6s |\n", "---", "---:", "---:", "---:");
  for (const ProfileRow& part : row.profile) {
    const auto time = static_cast<double>(part.nanoseconds);
    std::printf(
        "| %-50s | %9.0f | %10.3f | %6.2f |\n", part.name.c_str(),
        static_cast<double>(part.calls) / runs, time / 1e6 / runs,
        100.0 * time / static_cast<double>(std::max<std::uint64_t>(all, 1)));
  }
}

void BenchTable::add_markdown(const BenchRow& row) const {
  if (rows_.empty()) {
    std::printf(
        "| %-30s | %10s | %10s | %-10s | %7s | %15s | %20s |\n"
        "| %-30s | %10s | %10s | %-10s | %7s | %15s | %20s |\n",
        "model", "size", "params", "backend", "threads", "test", "t/s",
        "------------------------------",
        "---------:", "---------:", "----------",
        "------:", "--------------:", "-------------------:");
  }
  const auto speeds = row.tokens_per_second();
  std::array<char, 64> speed{};
  std::snprintf(speed.data(), speed.size(), "%.2f ± %.2f", mean(speeds),
                standard_deviation(speeds));
  // 21, because ± is one column but two bytes.
  std::printf("| %-30s | %6.2f MiB | %8.2f M | %-10s | %7d | %15s | %21s |\n",
              info_.model.c_str(),
              static_cast<double>(info_.size_bytes) / (1 << 20),
              static_cast<double>(info_.parameters) / 1e6, "ExecuTorch",
              info_.threads, row.name().c_str(), speed.data());
}

// The keys are llama-bench's; times are nanoseconds.
nlohmann::ordered_json BenchTable::as_json(const BenchRow& row) const {
  std::vector<double> nanoseconds;
  for (const double time : row.seconds) nanoseconds.push_back(time * 1e9);
  const auto speeds = row.tokens_per_second();
  auto profile = nlohmann::ordered_json::array();
  for (const ProfileRow& part : row.profile) {
    profile.push_back(
        {{"name", part.name}, {"calls", part.calls}, {"ns", part.nanoseconds}});
  }
  nlohmann::ordered_json fields = {
      {"model_filename", info_.path},
      {"model_type", info_.model},
      {"model_size", info_.size_bytes},
      {"model_n_params", info_.parameters},
      {"backends", "ExecuTorch"},
      {"kernels", info_.kernels},
      {"n_threads", info_.threads},
      {"n_prompt", row.prompt_tokens},
      {"n_gen", row.generated_tokens},
      {"n_depth", row.depth},
      {"avg_ns", mean(nanoseconds)},
      {"stddev_ns", standard_deviation(nanoseconds)},
      {"avg_ts", mean(speeds)},
      {"stddev_ts", standard_deviation(speeds)},
      {"samples_ns", nanoseconds},
      {"samples_ts", speeds}};
  if (!profile.empty()) fields["profile"] = std::move(profile);
  return fields;
}

void BenchTable::add_json(const BenchRow& row) const {
  std::printf("%s%s", rows_.empty() ? "[\n" : ",\n",
              to_text(as_json(row), 2).c_str());
}

void BenchTable::add_csv(const BenchRow& row) const {
  std::string header;
  std::string line;
  const nlohmann::ordered_json fields = as_json(row);
  for (const auto& [key, value] : fields.items()) {
    if (value.is_array()) continue;
    const char* separator = line.empty() ? "" : ",";
    header += separator + key;
    line += separator + csv_field(value);
  }
  if (rows_.empty()) std::printf("%s\n", header.c_str());
  std::printf("%s\n", line.c_str());
}

}  // namespace etllm::cli
