#pragma once

#include <cstddef>

#include "kernels/dispatch/kernel_set.h"

namespace etllm::kernels {

/// `out[t] = (x[t] - mean) / sqrt(variance + epsilon) * weight + bias`, rows of
/// `size` floats, with the mean and the variance of each row
/// (https://arxiv.org/abs/1607.06450). `out` may be `x`.
void layer_norm(const float* x, std::size_t tokens, std::size_t size,
                const NormWeights& weights, float epsilon, float* out);

}  // namespace etllm::kernels
