#include "cli/terminal.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace etllm::cli {
namespace {

/// What is left at the speed so far; empty while that says little.
std::string time_left_text(double elapsed_s, double fraction) {
  constexpr double kMinElapsed = 0.5;
  constexpr double kMinFraction = 0.01;
  if (elapsed_s < kMinElapsed || fraction < kMinFraction || fraction >= 1) {
    return "";
  }
  const double left = elapsed_s * (1 - fraction) / fraction;
  return ", " + format_seconds(left) + " left";
}

}  // namespace

bool stdin_is_terminal() { return ::isatty(STDIN_FILENO) != 0; }
bool stdout_is_terminal() { return ::isatty(STDOUT_FILENO) != 0; }
bool stderr_is_terminal() { return ::isatty(STDERR_FILENO) != 0; }

int fail(std::string_view sentence) {
  std::fprintf(stderr, "error: %.*s\n", static_cast<int>(sentence.size()),
               sentence.data());
  return kFailureExitCode;
}

int fail_usage(std::string_view sentence) {
  fail(sentence);
  return kUsageExitCode;
}

void note(std::string_view line) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

std::string format_bytes(std::uint64_t bytes) {
  constexpr std::array kUnits = {"B", "kB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1000.0 && unit + 1 < kUnits.size()) {
    value /= 1000.0;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s",
                value, kUnits[unit]);
  return text.data();
}

std::string format_seconds(double seconds) {
  const auto total = static_cast<long>(std::lround(seconds));
  if (total < 60) return std::to_string(total) + " s";
  const long minutes = total / 60;
  if (minutes < 60) {
    return std::to_string(minutes) + " min " + std::to_string(total % 60) +
           " s";
  }
  return std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) +
         " min";
}

void ProgressBar::update(std::uint64_t done_bytes, std::uint64_t total_bytes) {
  using std::chrono::steady_clock;
  constexpr auto kRedrawInterval = std::chrono::milliseconds(100);
  constexpr std::uint64_t kWidth = 30;

  if (!stderr_is_terminal() || total_bytes == 0) return;
  const auto now = steady_clock::now();
  const bool is_complete = done_bytes >= total_bytes;
  if (!is_complete && now - last_draw_ < kRedrawInterval) return;
  last_draw_ = now;

  const double fraction = std::min(
      1.0, static_cast<double>(done_bytes) / static_cast<double>(total_bytes));
  const auto filled =
      static_cast<std::size_t>(fraction * static_cast<double>(kWidth));
  std::string bar(filled, '#');
  bar.resize(kWidth, '.');
  std::array<char, 16> percent{};
  std::snprintf(percent.data(), percent.size(), "%3.0f%%", fraction * 100.0);
  const std::chrono::duration<double> elapsed = now - start_;
  std::string line = label_ + " [" + bar + "] " + percent.data() + " of " +
                     format_bytes(total_bytes) +
                     time_left_text(elapsed.count(), fraction);
  // Spaces cover what a longer line has left.
  const std::size_t columns = line.size();
  line.resize(std::max(columns, drawn_columns_), ' ');
  drawn_columns_ = columns;
  std::fprintf(stderr, "\r%s", line.c_str());
  std::fflush(stderr);
}

ProgressBar::~ProgressBar() {
  if (drawn_columns_ != 0) std::fputc('\n', stderr);
}

}  // namespace etllm::cli
