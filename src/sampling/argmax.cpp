#include <cstddef>
#include <limits>

#include "sampling/filters.h"
#include "sampling/lanes.h"

namespace etllm::sampling {
namespace {

std::int32_t index_of(std::span<const float> values, float wanted) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] == wanted) return static_cast<std::int32_t>(i);
  }
  return -1;
}

}  // namespace

LogitsSummary summarize(std::span<const float> logits) {
  constexpr float kLowest = -std::numeric_limits<float>::infinity();
  Floats best = kLowest - Floats{};
  Ints nan = {};
  std::size_t i = 0;
  for (; i + kLanes <= logits.size(); i += kLanes) {
    const Floats values = load(logits.data() + i);
    best = values > best ? values : best;
    nan |= values != values;
  }
  LogitsSummary summary{kLowest, -1, false};
  const auto add = [&summary](float value, bool is_nan) {
    summary.maximum = value > summary.maximum ? value : summary.maximum;
    summary.has_nan = summary.has_nan || is_nan;
  };
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    add(best[lane], nan[lane] != 0);
  }
  for (; i < logits.size(); ++i) add(logits[i], logits[i] != logits[i]);
  summary.argmax = index_of(logits, summary.maximum);
  return summary;
}

}  // namespace etllm::sampling
