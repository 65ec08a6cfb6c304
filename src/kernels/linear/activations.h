#pragma once

#include <cstddef>

#include "kernels/dispatch/kernel_set.h"
#include "kernels/linear/weight_matrix.h"

namespace etllm::kernels {

/// What products with quantized weights make of activations, unless the active
/// kernels keep them in f32.
enum class ActivationBits {
  k8,   ///< 8, and 8 more for groups with outliers; bf16 for weights of it.
  k16,  ///< For few tokens, which then pass one by one.
  k32,  ///< As they are, whatever the kernels.
};

/// Rows of f32, [tokens][cols].
struct ActivationRows {
  const float* data;
  std::size_t tokens;
  std::size_t cols;
};

/// Who makes the tiles, and who multiplies them then.
enum class Threads {
  kAll,   ///< To be called outside of tasks.
  kThis,  ///< To be called by one task.
};

/// The tokens of a product, in the form that the active kernels want them: cut
/// into tiles, and in f32 if no weight is quantized. What becomes of a token
/// does not depend on the others. Uses the scratch memory of the calling
/// thread, or of the task, for as long as it lives.
class Activations {
 public:
  Activations(const ActivationRows& rows, bool quantize, ActivationBits bits,
              Threads threads);

  std::size_t tokens() const { return rows_.tokens; }
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
  bool rounds_to_bf16(const WeightMatrix& weight) const;
  void quantize(std::size_t first_tile, std::size_t last_tile);

  const KernelSet& kernels_;
  ActivationRows rows_;
  ActivationBits bits_;
  std::size_t tile_;  ///< Tokens of a full tile.
  unsigned char* tiles_ = nullptr;
};

}  // namespace etllm::kernels
