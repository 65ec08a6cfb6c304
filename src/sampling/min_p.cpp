#include <algorithm>

#include "sampling/filters.h"

namespace etllm::sampling {

void apply_min_p(float min_p, std::vector<Candidate>& candidates) {
  if (min_p <= 0.0f) return;
  float largest = 0;
  for (const Candidate& candidate : candidates) {
    largest = std::max(largest, candidate.value);
  }
  std::erase_if(candidates, [threshold = min_p * largest](const Candidate& c) {
    return c.value < threshold;
  });
}

}  // namespace etllm::sampling
