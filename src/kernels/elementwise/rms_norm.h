#pragma once

#include <cstddef>

namespace etllm::kernels {

/// `out[t] = x[t] / sqrt(mean(x[t]^2) + epsilon) * weight`, rows of `size`
/// floats (https://arxiv.org/abs/1910.07467). `out` may be `x`.
void rms_norm(const float* x, std::size_t tokens, std::size_t size,
              const float* weight, float epsilon, float* out);

}  // namespace etllm::kernels
