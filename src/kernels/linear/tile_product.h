#pragma once

// Products of several tokens on a processor with a unit for products of
// matrices; see dispatch/tile_kernels.h.

#include <array>
#include <cstddef>

#include "kernels/dispatch/kernel_set.h"
#include "kernels/dispatch/tile_kernels.h"
#include "kernels/linear/activations.h"
#include "kernels/linear/weight_matrix.h"

namespace etllm::kernels {

/// One or two blocks of rows, and where they go: the target's `out` is row 0 of
/// the block and token 0 of the product.
struct TileBlocks {
  struct Block {
    const WeightMatrix* weight;
    std::size_t index;
    ProductTarget target;
  };
  std::array<Block, 2> blocks;
  std::size_t count;
};

/// Some of the tokens of a product.
struct TokenRange {
  std::size_t first;  ///< A multiple of 16.
  std::size_t count;
};

/// The tokens of a product in tiles. What becomes of a token does not depend on
/// the others. To be made outside of tasks; uses the operator's scratch memory.
class TileProduct {
 public:
  TileProduct(const ActivationRows& rows, ActivationBits bits,
              bool has_dense_weights);

  /// Calls `run(range)` for tokens that stay in the second-level cache while
  /// the rows of a matrix pass by.
  template <class Run>
  void for_batches(Run&& run) const {
    const std::size_t step = batch_tokens();
    for (std::size_t first = 0; first < tokens_.tokens; first += step) {
      const std::size_t rest = tokens_.tokens - first;
      run(TokenRange{first, rest < step ? rest : step});
    }
  }

  /// Only rows that exist are written.
  void multiply(const TokenRange& range, TileBlocks work) const;

  /// Memory of the calling task for the rows of two blocks, [count][2 * 16].
  float* pair_scratch(const TokenRange& range) const;

 private:
  std::size_t batch_tokens() const;
  std::size_t scratch_bytes() const;
  std::byte* scratch() const;
  void multiply_columns(const TiledTokens& tokens, const TileBlocks& work,
                        const TileRange& range) const;

  const TileKernels& kernels_;
  TiledTokens tokens_{};
  ActivationBits bits_;
};

}  // namespace etllm::kernels
