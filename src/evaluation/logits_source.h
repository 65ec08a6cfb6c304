#pragma once

// Where an evaluation gets its logits from.

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/status.h"

namespace etllm::evaluation {

/// The logits of neighbouring positions.
struct LogitsRows {
  std::span<const float> values;
  std::size_t vocabulary = 0;  ///< Values of a row; positive.

  std::size_t count() const { return values.size() / vocabulary; }
  std::span<const float> row(std::size_t index) const {
    return values.subspan(index * vocabulary, vocabulary);
  }
};

/// Reads windows of tokens. A window is read in order, in calls of `skip` and
/// `run`; a call that begins at position 0 begins a new one.
class LogitsSource {
 public:
  virtual ~LogitsSource() = default;

  /// Logits of a position; positive.
  virtual std::size_t vocabulary() const = 0;

  /// Most positions of one call of `run`; at least 1.
  virtual std::size_t max_rows() const = 0;

  /// Reads the positions `begin` to `end - 1` of `window`, at least one.
  virtual Status skip(std::span<const std::uint64_t> window, std::size_t begin,
                      std::size_t end) = 0;

  /// The same, at most `max_rows`, with their logits, which are valid until
  /// the next call.
  virtual Result<LogitsRows> run(std::span<const std::uint64_t> window,
                                 std::size_t begin, std::size_t end) = 0;
};

}  // namespace etllm::evaluation
