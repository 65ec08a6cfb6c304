#include <algorithm>
#include <array>
#include <cstddef>

#include "sampling/filters.h"

namespace etllm::sampling {
namespace {

struct Share {
  std::size_t index;
  double rest;  ///< What is left of the fraction before `index`.
};

/// Where `rest` of the weights that `weight_of` gives is used up. Rounding may
/// leave a crumb at the end; it belongs to the last one that has a weight.
template <typename WeightOf>
Share find_share(std::size_t count, double rest, WeightOf weight_of) {
  Share last{0, 0};
  for (std::size_t i = 0; i < count; ++i) {
    const double weight = weight_of(i);
    if (weight <= 0) continue;
    last = {i, rest};
    if (rest < weight) break;
    rest -= weight;
  }
  return last;
}

}  // namespace

std::int32_t draw(const LogitsBlocks& blocks, double uniform) {
  const Share share =
      find_share(blocks.size(), uniform * blocks.total(),
                 [&](std::size_t i) { return blocks.weight_of(i); });
  std::array<float, LogitsBlocks::kBlock> buffer;
  const auto weights =
      std::span(buffer).first(blocks.block(share.index).size());
  blocks.weigh(share.index, weights);
  const Share chosen =
      find_share(weights.size(), share.rest,
                 [&](std::size_t i) -> double { return weights[i]; });
  return static_cast<std::int32_t>(share.index * LogitsBlocks::kBlock +
                                   chosen.index);
}

std::int32_t draw(std::span<const Candidate> candidates, double uniform) {
  double total = 0;
  for (const Candidate& candidate : candidates) total += candidate.weight;
  const Share chosen =
      find_share(candidates.size(), uniform * total,
                 [&](std::size_t i) -> double { return candidates[i].weight; });
  return candidates[chosen.index].id;
}

}  // namespace etllm::sampling
