#include <algorithm>
#include <cstddef>

#include "sampling/filters.h"

namespace etllm::sampling {

void select_top_k(std::span<const float> weights, std::int32_t k,
                  std::vector<Candidate>& candidates) {
  candidates.clear();
  const auto limit = static_cast<std::size_t>(std::max(k, 0));
  // A heap of the k likeliest so far, the least likely on top: nearly every
  // weight costs one comparison.
  float border = 0.0f;
  for (std::size_t id = 0; id < weights.size(); ++id) {
    if (!(weights[id] > border)) continue;
    const Candidate candidate{weights[id], static_cast<std::int32_t>(id)};
    if (candidates.size() == limit) {
      std::pop_heap(candidates.begin(), candidates.end(), is_likelier);
      candidates.back() = candidate;
    } else {
      candidates.push_back(candidate);
    }
    std::push_heap(candidates.begin(), candidates.end(), is_likelier);
    if (candidates.size() == limit) border = candidates.front().weight;
  }
}

void select_at_least(std::span<const float> weights, float threshold,
                     std::vector<Candidate>& candidates) {
  candidates.clear();
  for (std::size_t id = 0; id < weights.size(); ++id) {
    if (weights[id] < threshold || weights[id] <= 0.0f) continue;
    candidates.push_back({weights[id], static_cast<std::int32_t>(id)});
  }
}

}  // namespace etllm::sampling
