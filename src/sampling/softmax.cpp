#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

#include "kernels/dispatch/select.h"
#include "sampling/filters.h"

namespace etllm::sampling {

float softmax_scale(float temperature) {
  return std::min(1.0f / temperature, std::numeric_limits<float>::max());
}

double to_weights(std::span<const float> logits, float maximum,
                  float temperature, float floor, std::span<float> weights) {
  if (std::isinf(maximum)) {
    // Infinity minus infinity is not a number.
    double total = 0;
    for (std::size_t i = 0; i < logits.size(); ++i) {
      weights[i] = logits[i] == maximum && floor <= 1.0f ? 1.0f : 0.0f;
      total += weights[i];
    }
    return total;
  }
  return kernels::active_kernels().softmax_weights(
      logits.data(), logits.size(), maximum, softmax_scale(temperature), floor,
      weights.data());
}

double weigh(float maximum, float temperature,
             std::vector<Candidate>& candidates) {
  double total = 0;
  std::array<float, 256> logits;
  std::array<float, 256> weights;
  for (std::size_t begin = 0; begin < candidates.size();) {
    const std::size_t size = std::min(logits.size(), candidates.size() - begin);
    for (std::size_t i = 0; i < size; ++i) {
      logits[i] = candidates[begin + i].weight;
    }
    total += to_weights(std::span(logits).first(size), maximum, temperature,
                        0.0f, std::span(weights).first(size));
    for (std::size_t i = 0; i < size; ++i) {
      candidates[begin + i].weight = weights[i];
    }
    begin += size;
  }
  std::erase_if(candidates, [](const Candidate& c) { return c.weight <= 0; });
  return total;
}

}  // namespace etllm::sampling
