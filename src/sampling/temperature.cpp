#include <cmath>
#include <cstddef>

#include "sampling/filters.h"

namespace etllm::sampling {
namespace {

// exp(-60) is 1e-26. A million such tokens together are drawn once in 1e20
// draws, so their exponential is not worth its time.
constexpr float kNegligible = -60.0f;

}  // namespace

void apply_temperature(float maximum, float temperature,
                       std::vector<Candidate>& candidates) {
  std::size_t kept = 0;
  for (const Candidate& candidate : candidates) {
    // Equal values first: infinity minus infinity is not a number.
    if (candidate.value == maximum) {
      candidates[kept++] = {1.0f, candidate.id};
      continue;
    }
    const float exponent = (candidate.value - maximum) / temperature;
    if (!(exponent > kNegligible)) continue;
    candidates[kept++] = {std::exp(exponent), candidate.id};
  }
  candidates.resize(kept);
}

}  // namespace etllm::sampling
