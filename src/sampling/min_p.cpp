#include "sampling/filters.h"

namespace etllm::sampling {

void apply_min_p(float min_p, std::vector<Candidate>& candidates) {
  if (min_p <= 0.0f) return;
  // The likeliest one's weight is 1.
  std::erase_if(candidates,
                [min_p](const Candidate& c) { return c.weight < min_p; });
}

}  // namespace etllm::sampling
