#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace etllm::kernels {

enum class HeadNormRule : std::uint8_t {
  kRms,        ///< As `rms_norm`.
  kLayerNorm,  ///< As `layer_norm` without a bias.
};

/// Successive parts of a row that are normalised one by one: heads, or all of
/// them as one.
struct NormParts {
  std::size_t count;
  std::size_t size;
  const float* weight;
  std::size_t weight_stride;  ///< 0 where all parts share [size] weights.
};

/// Normalises the parts of each row of `x`, [tokens][stride], in place; those
/// of each entry of `parts` follow those of the one before.
void normalise_heads(float* x, std::size_t tokens, std::size_t stride,
                     std::span<const NormParts> parts, HeadNormRule rule,
                     float epsilon);

}  // namespace etllm::kernels
