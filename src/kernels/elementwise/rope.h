#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/dispatch/kernel_set.h"

namespace etllm::kernels {

/// Cosines and sines of rotary position embedding
/// (https://arxiv.org/abs/2104.09864), which all layers share: row `t` of
/// `table`, [tokens][2 * pairs], is `magnitude * cos(a[i])` for all pairs and
/// then the sines, with `a[i] = (start + t) * inv_freq[i]`.
void fill_rope_table(std::span<const float> inv_freq, float magnitude,
                     std::int64_t start, std::size_t tokens, float* table);

/// Rotates the first `heads` heads of each row of `x`, [tokens][stride], in
/// place, by the same row of the table.
void rotate(float* x, std::size_t tokens, std::size_t stride,
            const float* table, const RopeShape& shape);

}  // namespace etllm::kernels
