#pragma once

// The products of linear.h for several tokens, where the active kernels
// multiply in tiles.

#include <span>

#include "kernels/linear/linear.h"

namespace etllm::kernels {

void linear_in_tiles(const ActivationRows& x,
                     std::span<const LinearTarget> targets,
                     const float* residual, ActivationBits bits);

void gated_linear_in_tiles(const ActivationRows& x,
                           const GatedMatrices& matrices, float* out);

}  // namespace etllm::kernels
