#pragma once

#include <cstddef>

#include "kernels/dispatch/kernel_set.h"
#include "kernels/linear/weight_matrix.h"

namespace etllm::kernels {

/// The tokens of a product, in the form that the active kernels want them: cut
/// into tiles, and in 8 bits unless no kernel asks for that. Uses the scratch
/// memory of the calling thread for as long as it lives.
class Activations {
 public:
  /// `x` is [tokens][cols].
  Activations(const KernelSet& kernels, const float* x, std::size_t tokens,
              std::size_t cols, bool quantize);

  std::size_t tokens() const { return tokens_; }
  /// Tokens of the tile that starts at token `first`.
  std::size_t tile_at(std::size_t first) const;
  /// Tokens whose tiles stay in the second-level cache while the rows of a
  /// matrix pass by; a multiple of the tile.
  std::size_t batch_tokens() const;

  /// The tile at token `first` times the blocks `block ..` of `weight`, all of
  /// which are written to `target`: its row 0 is the first row of `block`, its
  /// token 0 is `first`.
  void multiply_tile(const WeightMatrix& weight, std::size_t block,
                     std::size_t count, std::size_t first,
                     const ProductTarget& target) const;

 private:
  const KernelSet& kernels_;
  const float* x_;
  std::size_t tokens_;
  std::size_t cols_;
  unsigned char* tiles_ = nullptr;
};

}  // namespace etllm::kernels
