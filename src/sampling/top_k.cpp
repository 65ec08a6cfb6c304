#include <algorithm>
#include <cstddef>
#include <limits>

#include "sampling/filters.h"
#include "sampling/ids_at_least.h"

namespace etllm::sampling {
namespace {

// What is -infinity can never be selected.
constexpr float kLowest = std::numeric_limits<float>::lowest();

}  // namespace

void select_top_k(const LogitsBlocks& blocks, std::int32_t k,
                  std::vector<Candidate>& candidates) {
  candidates.clear();
  const auto limit = static_cast<std::size_t>(std::max(k, 0));
  // A heap of the k likeliest so far, the least likely on top: nearly every
  // logit is below that, and only compared.
  float border = kLowest;
  for_ids_at_least(blocks, border, [&](std::int32_t id) {
    const Candidate candidate{blocks.logits()[static_cast<std::size_t>(id)],
                              id};
    if (candidates.size() == limit) {
      // The earlier one of equals stays.
      if (candidate.weight <= border) return true;
      std::pop_heap(candidates.begin(), candidates.end(), is_likelier);
      candidates.back() = candidate;
    } else {
      candidates.push_back(candidate);
    }
    std::push_heap(candidates.begin(), candidates.end(), is_likelier);
    if (candidates.size() == limit) border = candidates.front().weight;
    return true;
  });
}

bool select_at_least(const LogitsBlocks& blocks, float threshold,
                     std::size_t limit, std::vector<Candidate>& candidates) {
  candidates.clear();
  const float border = std::max(threshold, kLowest);
  bool are_few = true;
  for_ids_at_least(blocks, border, [&](std::int32_t id) {
    are_few = candidates.size() < limit;
    if (!are_few) return false;
    candidates.push_back({blocks.logits()[static_cast<std::size_t>(id)], id});
    return true;
  });
  return are_few;
}

}  // namespace etllm::sampling
