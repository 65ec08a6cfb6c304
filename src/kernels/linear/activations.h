#pragma once

#include <cstddef>

#include "kernels/dispatch/kernel_set.h"
#include "kernels/linear/weight_matrix.h"

namespace etllm::kernels {

/// The tokens of a product, in the form that the active kernels want them.
/// Uses the scratch memory of the calling thread for as long as it lives.
class Activations {
 public:
  /// Quantizes `x`, [tokens][cols], unless no kernel asks for it.
  Activations(const KernelSet& kernels, const float* x, std::size_t tokens,
              std::size_t cols, bool quantize);

  /// `out` is [count][16]: tokens `first ..` times a block of `weight`.
  void multiply(const WeightMatrix& weight, std::size_t block,
                std::size_t first, std::size_t count, float* out) const;

 private:
  const KernelSet& kernels_;
  const float* x_;
  std::size_t cols_;
  QuantizedRows rows_{};
};

}  // namespace etllm::kernels
