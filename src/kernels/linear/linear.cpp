#include "kernels/linear/linear.h"

#include <algorithm>

#include "kernels/dispatch/select.h"
#include "kernels/threading/parallel.h"

namespace etllm::kernels {
namespace {

// Multiplications that are worth a thread.
constexpr std::size_t kWorkPerTask = std::size_t{1} << 16;
// Values of the largest tile, and of the blocks that one token takes at once.
constexpr std::size_t kTileFloats = 8 * kRowsPerBlock;

std::size_t block_grain(std::size_t cols, std::size_t tokens) {
  return 1 + kWorkPerTask / (cols * tokens * kRowsPerBlock + 1);
}

/// Calls `run(block, first)` for the blocks `begin .. end` and the first token
/// of each tile, batch by batch.
template <class Run>
void for_tiles(const Activations& x, std::size_t begin, std::size_t end,
               Run&& run) {
  const std::size_t batch = x.batch_tokens();
  for (std::size_t first = 0; first < x.tokens(); first += batch) {
    const std::size_t last = std::min(first + batch, x.tokens());
    for (std::size_t block = begin; block < end; ++block) {
      for (std::size_t t = first; t < last; t += x.tile_at(t)) run(block, t);
    }
  }
}

/// The rows of the last block that exist, by way of a whole block.
void multiply_padded_block(const Activations& x, const LinearTarget& target,
                           std::size_t block, std::size_t token,
                           const ProductTarget& out) {
  alignas(64) float tile[kTileFloats];
  x.multiply_tile(target.weight, block, 1, token,
                  {tile, nullptr, kRowsPerBlock});
  const std::size_t rows = target.weight.rows() - block * kRowsPerBlock;
  for (std::size_t t = 0; t < x.tile_at(token); ++t) {
    for (std::size_t r = 0; r < rows; ++r) {
      const std::size_t at = t * out.stride + r;
      out.out[at] = tile[t * kRowsPerBlock + r] +
                    (out.base == nullptr ? 0.0f : out.base[at]);
    }
  }
}

/// The blocks `begin .. end` of one matrix times all tokens.
void multiply_blocks(const Activations& x, const LinearTarget& target,
                     const float* residual, std::size_t begin,
                     std::size_t end) {
  const auto target_at = [&](std::size_t block, std::size_t token) {
    const std::size_t at = token * target.out_stride + block * kRowsPerBlock;
    return ProductTarget{target.out + at,
                         residual == nullptr ? nullptr : residual + at,
                         target.out_stride};
  };
  const std::size_t whole =
      std::clamp(target.weight.rows() / kRowsPerBlock, begin, end);
  if (x.tile_at(0) == x.tokens()) {
    x.multiply_tile(target.weight, begin, whole - begin, 0,
                    target_at(begin, 0));
  } else {
    for_tiles(x, begin, whole, [&](std::size_t block, std::size_t token) {
      x.multiply_tile(target.weight, block, 1, token, target_at(block, token));
    });
  }
  for_tiles(x, whole, end, [&](std::size_t block, std::size_t token) {
    multiply_padded_block(x, target, block, token, target_at(block, token));
  });
}

/// The blocks `block .. block + count` of both matrices times one tile.
void multiply_gated_tile(const KernelSet& kernels, const Activations& x,
                         const WeightMatrix& gate, const WeightMatrix& up,
                         std::size_t block, std::size_t count,
                         std::size_t token, float* out) {
  alignas(64) float gates[kTileFloats];
  alignas(64) float ups[kTileFloats];
  const std::size_t width = count * kRowsPerBlock;
  const std::size_t tokens = x.tile_at(token);
  x.multiply_tile(gate, block, count, token, {gates, nullptr, width});
  x.multiply_tile(up, block, count, token, {ups, nullptr, width});
  const std::size_t row = block * kRowsPerBlock;
  kernels.silu_multiply({gates, ups, width}, tokens,
                        std::min(width, gate.rows() - row),
                        out + token * gate.rows() + row, gate.rows());
}

}  // namespace

void linear(const float* x, std::size_t tokens,
            std::span<const LinearTarget> targets, const float* residual,
            ActivationBits bits) {
  if (targets.empty() || tokens == 0) return;
  const std::size_t cols = targets[0].weight.cols();
  std::size_t blocks = 0;
  bool has_quantized = false;
  for (const LinearTarget& target : targets) {
    blocks += target.weight.block_count();
    has_quantized |= !target.weight.traits().is_dense;
  }
  const Activations activations(active_kernels(), x, tokens, cols,
                                has_quantized, bits);
  parallel_for(blocks, block_grain(cols, tokens),
               [&](std::size_t begin, std::size_t end) {
                 std::size_t first = 0;
                 for (const LinearTarget& target : targets) {
                   const std::size_t count = target.weight.block_count();
                   const std::size_t from = std::max(begin, first) - first;
                   const std::size_t to = std::min(end, first + count);
                   if (first + from < to) {
                     multiply_blocks(activations, target, residual, from,
                                     to - first);
                   }
                   first += count;
                 }
               });
}

void gated_linear(const float* x, std::size_t tokens, const WeightMatrix& gate,
                  const WeightMatrix& up, float* out) {
  if (tokens == 0) return;
  const KernelSet& kernels = active_kernels();
  const std::size_t cols = gate.cols();
  const Activations activations(
      kernels, x, tokens, cols,
      !gate.traits().is_dense || !up.traits().is_dense);
  const auto run = [&](std::size_t block, std::size_t count,
                       std::size_t token) {
    multiply_gated_tile(kernels, activations, gate, up, block, count, token,
                        out);
  };
  parallel_for(gate.block_count(), block_grain(2 * cols, tokens),
               [&](std::size_t begin, std::size_t end) {
                 if (tokens > 1) {
                   for_tiles(activations, begin, end,
                             [&](std::size_t block, std::size_t token) {
                               run(block, 1, token);
                             });
                   return;
                 }
                 constexpr std::size_t kBlocks = kTileFloats / kRowsPerBlock;
                 for (std::size_t b = begin; b < end; b += kBlocks) {
                   run(b, std::min(kBlocks, end - b), 0);
                 }
               });
}

}  // namespace etllm::kernels
