#pragma once

// The parts of a runner that `etllm bench` times: prefill and decode of given
// tokens, without sampling and text.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "cli/operator_profile.h"
#include "cli/options.h"

namespace etllm::cli {

/// What a row of the table says about the model and the machine.
struct BenchInfo {
  std::string path;
  std::string model;
  std::string kernels;
  std::uint64_t size_bytes = 0;
  std::uint64_t parameters = 0;
  std::int64_t vocabulary_size = 0;
  std::int64_t context_tokens = 0;
  int threads = 0;
};

/// A loaded model. A run starts at any position whose predecessors were run
/// before.
class BenchSession {
 public:
  /// `profiles` asks for what `take_profile` returns; it costs a little time.
  static Result<BenchSession> open(const EngineOptions& options, bool profiles);
  BenchSession(BenchSession&&) noexcept;
  ~BenchSession();

  const BenchInfo& info() const;

  /// All tokens at once, in chunks as large as the model takes.
  Status prefill(const std::vector<std::uint64_t>& tokens,
                 std::int64_t position);
  /// One token after the other.
  Status decode(const std::vector<std::uint64_t>& tokens,
                std::int64_t position);

  /// Operators and their times since the last call, the longest time first.
  std::vector<ProfileRow> take_profile();

 private:
  struct Parts;
  explicit BenchSession(std::unique_ptr<Parts> parts);
  static Status load_parts(Parts& parts, const EngineOptions& options,
                           bool profiles);

  std::unique_ptr<Parts> parts_;
};

}  // namespace etllm::cli
