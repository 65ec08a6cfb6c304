#include <array>
#include <cstddef>
#include <limits>

#include "sampling/filters.h"

namespace etllm::sampling {
namespace {

// Independent lanes, which compilers turn into vectors.
constexpr std::size_t kLanes = 16;

}  // namespace

LogitsSummary summarize(std::span<const float> logits) {
  constexpr float kLowest = -std::numeric_limits<float>::infinity();
  std::array<float, kLanes> best;
  best.fill(kLowest);
  std::array<int, kLanes> nan = {};
  std::size_t i = 0;
  for (; i + kLanes <= logits.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const float value = logits[i + lane];
      best[lane] = value > best[lane] ? value : best[lane];
      nan[lane] |= value != value ? 1 : 0;
    }
  }
  for (; i < logits.size(); ++i) {
    best[0] = logits[i] > best[0] ? logits[i] : best[0];
    nan[0] |= logits[i] != logits[i] ? 1 : 0;
  }
  LogitsSummary summary{kLowest, -1, false};
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    summary.maximum =
        best[lane] > summary.maximum ? best[lane] : summary.maximum;
    summary.has_nan = summary.has_nan || nan[lane] != 0;
  }
  for (std::size_t id = 0; id < logits.size(); ++id) {
    if (logits[id] == summary.maximum) {
      summary.argmax = static_cast<std::int32_t>(id);
      break;
    }
  }
  return summary;
}

}  // namespace etllm::sampling
