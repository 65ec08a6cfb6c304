#include "cli/terminal.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace etllm::cli {

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

void ProgressBar::update(std::uint64_t done_bytes, std::uint64_t total_bytes) {
  using std::chrono::steady_clock;
  constexpr auto kRedrawInterval = std::chrono::milliseconds(50);
  constexpr std::uint64_t kWidth = 30;

  if (!stderr_is_terminal() || total_bytes == 0) return;
  const auto now = steady_clock::now();
  const bool is_complete = done_bytes >= total_bytes;
  if (!is_complete && now - last_draw_ < kRedrawInterval) return;
  last_draw_ = now;
  is_drawn_ = true;

  const double fraction = std::min(
      1.0, static_cast<double>(done_bytes) / static_cast<double>(total_bytes));
  const auto filled =
      static_cast<std::size_t>(fraction * static_cast<double>(kWidth));
  std::string bar(filled, '#');
  bar.resize(kWidth, '.');
  std::fprintf(stderr, "\r%s [%s] %3.0f%% of %s", label_.c_str(), bar.c_str(),
               fraction * 100.0, format_bytes(total_bytes).c_str());
  std::fflush(stderr);
}

ProgressBar::~ProgressBar() {
  if (is_drawn_) std::fputc('\n', stderr);
}

}  // namespace etllm::cli
