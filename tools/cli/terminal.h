#pragma once

// What the commands need from the terminal: is there one, a progress bar on
// it, and messages for the person in front of it. Answers go to stdout;
// everything here goes to stderr.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace etllm::cli {

inline constexpr int kFailureExitCode = 1;
inline constexpr int kUsageExitCode = 2;

/// Whether a person types on stdin, and reads stdout or stderr.
bool stdin_is_terminal();
bool stdout_is_terminal();
bool stderr_is_terminal();

/// Prints `error: <sentence>` to stderr and returns the exit code of a failed
/// command.
int fail(std::string_view sentence);
/// The same for a command line that makes no sense, which has a code of its
/// own.
int fail_usage(std::string_view sentence);

/// One line on stderr.
void note(std::string_view line);

/// "98.4 MB", "1.2 GB": decimal units, as disks and downloads count them.
std::string format_bytes(std::uint64_t bytes);

/// "8 s", "3 min 5 s", "2 h 10 min".
std::string format_seconds(double seconds);

/// A bar with an estimate of the time left that redraws itself on a terminal,
/// and draws nothing elsewhere.
class ProgressBar {
 public:
  explicit ProgressBar(std::string label) : label_(std::move(label)) {}
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void update(std::uint64_t done_bytes, std::uint64_t total_bytes);

 private:
  std::string label_;
  std::chrono::steady_clock::time_point start_ =
      std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_draw_{};
  std::size_t drawn_columns_ = 0;
};

}  // namespace etllm::cli
