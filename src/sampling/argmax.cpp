#include "kernels/dispatch/select.h"
#include "sampling/filters.h"
#include "sampling/ids_at_least.h"

namespace etllm::sampling {

LogitsSummary summarize(std::span<const float> logits) {
  const auto largest =
      kernels::active_kernels().largest_value(logits.data(), logits.size());
  return {largest.value, largest.has_nan};
}

std::int32_t argmax(std::span<const float> logits, float maximum) {
  std::int32_t first = -1;
  for_ids_at_least(logits, maximum, [&first](std::int32_t id) {
    first = id;
    return false;
  });
  return first;
}

}  // namespace etllm::sampling
