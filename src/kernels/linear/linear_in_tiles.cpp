#include "kernels/linear/linear_in_tiles.h"

#include <algorithm>

#include "kernels/dispatch/select.h"
#include "kernels/linear/tile_product.h"
#include "kernels/threading/parallel.h"

namespace etllm::kernels {
namespace {

std::size_t pair_count(const WeightMatrix& weight) {
  return (weight.block_count() + 1) / 2;
}

TileBlocks::Block block_at(const LinearTarget& target, const float* residual,
                           std::size_t index) {
  const std::size_t row = index * kRowsPerBlock;
  return {&target.weight,
          index,
          {target.out + row, residual == nullptr ? nullptr : residual + row,
           target.out_stride}};
}

/// Pair `pair` of the blocks of a target, with what follows the product.
void multiply_pair(const TileProduct& product, const TokenRange& range,
                   const LinearTarget& target, const float* residual,
                   std::size_t pair) {
  const std::size_t block = 2 * pair;
  const std::size_t last = std::min(block + 1, target.weight.block_count() - 1);
  product.multiply(range, {{block_at(target, residual, block),
                            block_at(target, residual, last)},
                           last - block + 1});
  if (target.bias == nullptr && target.function == ActivationFunction::kNone) {
    return;
  }
  const std::size_t row = block * kRowsPerBlock;
  active_kernels().finish_rows(
      {target.out + range.first * target.out_stride + row, target.out_stride,
       range.count, std::min(2 * kRowsPerBlock, target.weight.rows() - row)},
      target.bias == nullptr ? nullptr : target.bias + row, target.function);
}

/// A block of each matrix.
void multiply_gated_pair(const TileProduct& product, const TokenRange& range,
                         const GatedMatrices& matrices, std::size_t block,
                         float* out) {
  constexpr std::size_t kWidth = 2 * kRowsPerBlock;
  float* rows = product.pair_scratch(range);
  float* first = rows - range.first * kWidth;
  product.multiply(
      range,
      {{{{&matrices.gate, block, {first, nullptr, kWidth}},
         {&matrices.up, block, {first + kRowsPerBlock, nullptr, kWidth}}}},
       2});
  const std::size_t row = block * kRowsPerBlock;
  const auto bias_at = [&](const float* bias) {
    return bias == nullptr ? nullptr : bias + row;
  };
  const std::size_t width = matrices.gate.rows();
  active_kernels().multiply_gated_rows(
      {rows, rows + kRowsPerBlock, kWidth, matrices.function,
       bias_at(matrices.gate_bias), bias_at(matrices.up_bias)},
      {out + range.first * width + row, width, range.count,
       std::min(kRowsPerBlock, width - row)});
}

}  // namespace

void linear_in_tiles(const ActivationRows& x,
                     std::span<const LinearTarget> targets,
                     const float* residual, ActivationBits bits) {
  std::size_t pairs = 0;
  bool has_dense = false;
  for (const LinearTarget& target : targets) {
    pairs += pair_count(target.weight);
    has_dense |= target.weight.traits().is_dense;
  }
  const TileProduct product(x, bits, has_dense);
  const auto run = [&](const TokenRange& range, std::size_t begin,
                       std::size_t end) {
    std::size_t first = 0;
    for (const LinearTarget& target : targets) {
      const std::size_t count = pair_count(target.weight);
      const std::size_t from = std::max(begin, first) - first;
      for (std::size_t p = from; p < count && first + p < end; ++p) {
        multiply_pair(product, range, target, residual, p);
      }
      first += count;
    }
  };
  parallel_for(pairs, 1, [&](std::size_t begin, std::size_t end) {
    product.for_batches(
        [&](const TokenRange& range) { run(range, begin, end); });
  });
}

void gated_linear_in_tiles(const ActivationRows& x,
                           const GatedMatrices& matrices, float* out) {
  const bool has_dense =
      matrices.gate.traits().is_dense || matrices.up.traits().is_dense;
  const TileProduct product(x, ActivationBits::k8, has_dense);
  parallel_for(matrices.gate.block_count(), 1,
               [&](std::size_t begin, std::size_t end) {
                 product.for_batches([&](const TokenRange& range) {
                   for (std::size_t b = begin; b < end; ++b) {
                     multiply_gated_pair(product, range, matrices, b, out);
                   }
                 });
               });
}

}  // namespace etllm::kernels
