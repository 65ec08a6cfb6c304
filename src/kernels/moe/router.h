#pragma once

#include <cstddef>
#include <vector>

#include "kernels/moe/moe.h"

namespace etllm::kernels {

/// What one token gives to an expert.
struct ExpertShare {
  std::size_t expert;
  float weight;
};

/// The `shape.active_experts` best experts of one token, best first; of equal
/// ones the first. Scores that are not numbers come last.
std::vector<ExpertShare> choose_experts(const MoeShape& shape,
                                        const MoeWeights& weights,
                                        const float* x);

}  // namespace etllm::kernels
