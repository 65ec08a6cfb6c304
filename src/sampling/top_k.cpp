#include <algorithm>
#include <cstddef>
#include <limits>

#include "sampling/filters.h"

namespace etllm::sampling {
namespace {

constexpr float kMasked = -std::numeric_limits<float>::infinity();

void select_all(std::span<const float> logits,
                std::vector<Candidate>& candidates) {
  for (std::size_t id = 0; id < logits.size(); ++id) {
    if (logits[id] == kMasked) continue;
    candidates.push_back({logits[id], static_cast<std::int32_t>(id)});
  }
}

}  // namespace

void select_top_k(std::span<const float> logits, std::int32_t k,
                  std::vector<Candidate>& candidates) {
  candidates.clear();
  const auto limit = static_cast<std::size_t>(std::max(k, 0));
  if (limit == 0 || limit >= logits.size()) {
    return select_all(logits, candidates);
  }
  // A heap of the k likeliest so far, the least likely on top: nearly every
  // logit costs one comparison.
  for (std::size_t id = 0; id < logits.size(); ++id) {
    const Candidate candidate{logits[id], static_cast<std::int32_t>(id)};
    if (candidate.value == kMasked) continue;
    if (candidates.size() < limit) {
      candidates.push_back(candidate);
      std::push_heap(candidates.begin(), candidates.end(), is_likelier);
    } else if (candidate.value > candidates.front().value) {
      std::pop_heap(candidates.begin(), candidates.end(), is_likelier);
      candidates.back() = candidate;
      std::push_heap(candidates.begin(), candidates.end(), is_likelier);
    }
  }
}

}  // namespace etllm::sampling
