#include <algorithm>
#include <cstddef>

#include "sampling/filters.h"

namespace etllm::sampling {

void apply_top_p(float top_p, std::vector<Candidate>& candidates) {
  if (top_p >= 1.0f || candidates.empty()) return;
  double total = 0;
  for (const Candidate& candidate : candidates) total += candidate.value;

  // The likeliest are taken off a heap until they suffice; the rest is never
  // sorted. They gather at the end of the buffer, likeliest last.
  const auto less_likely = [](const Candidate& a, const Candidate& b) {
    return is_likelier(b, a);
  };
  std::make_heap(candidates.begin(), candidates.end(), less_likely);
  double mass = 0;
  auto border = candidates.end();
  while (border != candidates.begin()) {
    std::pop_heap(candidates.begin(), border, less_likely);
    --border;
    mass += border->value;
    if (mass >= static_cast<double>(top_p) * total) break;
  }
  candidates.erase(candidates.begin(), border);
}

}  // namespace etllm::sampling
