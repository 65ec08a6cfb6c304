#pragma once

// Functions of single numbers over all of a tensor.

#include <cstddef>

namespace etllm::kernels {

/// `out = a + b`. `out` may be `a` or `b`.
void add(const float* a, const float* b, std::size_t size, float* out);

/// `x *= factor`.
void scale(float* x, std::size_t size, float factor);

/// `x = cap * tanh(x / cap)`, with a positive cap
/// (https://arxiv.org/abs/2408.00118).
void soft_cap(float* x, std::size_t size, float cap);

}  // namespace etllm::kernels
