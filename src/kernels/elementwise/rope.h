#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace etllm::kernels {

/// Rotary position embedding (https://arxiv.org/abs/2104.09864).
struct RopeParams {
  std::span<const float> inv_freq;  ///< Radians per position, one per pair.
  std::size_t heads;                ///< Query and key heads of a token.
  std::size_t head_size;
  bool interleaved;  ///< Pairs are (2i, 2i+1); else (i, i + pairs).
  float magnitude;   ///< Multiplies cosine and sine.
};

/// Rotates the first `heads` heads of each row of `x`, [tokens][stride], in
/// place; row `t` is at position `start + t`.
void rotate(float* x, std::size_t tokens, std::size_t stride,
            std::int64_t start, const RopeParams& params);

}  // namespace etllm::kernels
