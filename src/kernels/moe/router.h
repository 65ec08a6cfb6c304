#pragma once

#include <vector>

#include "kernels/moe/expert_choice.h"
#include "kernels/moe/moe.h"

namespace etllm::kernels {

/// The `shape.active_experts` best experts of one token, best first; of equal
/// ones the first. Scores that are not numbers come last.
std::vector<ExpertShare> choose_experts(const MoeShape& shape,
                                        const MoeWeights& weights,
                                        const float* x);

}  // namespace etllm::kernels
