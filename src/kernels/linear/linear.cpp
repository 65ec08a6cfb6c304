#include "kernels/linear/linear.h"

#include <algorithm>

#include "kernels/dispatch/select.h"
#include "kernels/linear/activations.h"
#include "kernels/threading/parallel.h"

namespace etllm::kernels {
namespace {

// Tokens of one pass over a block, whose results fit the first-level cache.
constexpr std::size_t kTokenBatch = 64;
// Multiplications that are worth a thread.
constexpr std::size_t kWorkPerTask = std::size_t{1} << 16;

using Tile = float[kTokenBatch * kRowsPerBlock];

std::size_t block_grain(std::size_t cols, std::size_t tokens) {
  return 1 + kWorkPerTask / (cols * tokens * kRowsPerBlock + 1);
}

/// Copies the block's rows that exist, with the residual if there is one.
void store_tile(const Tile& tile, const LinearTarget& target, std::size_t block,
                std::size_t first, std::size_t count, const float* residual) {
  const std::size_t row = block * kRowsPerBlock;
  const std::size_t rows = std::min(kRowsPerBlock, target.weight.rows() - row);
  for (std::size_t t = 0; t < count; ++t) {
    const float* source = tile + t * kRowsPerBlock;
    float* out = target.out + (first + t) * target.out_stride + row;
    if (residual == nullptr) {
      std::copy_n(source, rows, out);
      continue;
    }
    const float* base = residual + (first + t) * target.weight.rows() + row;
    for (std::size_t r = 0; r < rows; ++r) out[r] = base[r] + source[r];
  }
}

}  // namespace

void linear(const float* x, std::size_t tokens,
            std::span<const LinearTarget> targets, const float* residual) {
  if (targets.empty() || tokens == 0) return;
  const std::size_t cols = targets[0].weight.cols();
  std::size_t blocks = 0;
  bool has_quantized = false;
  for (const LinearTarget& target : targets) {
    blocks += target.weight.block_count();
    has_quantized |= !target.weight.traits().is_dense;
  }
  const Activations activations(active_kernels(), x, tokens, cols,
                                has_quantized);
  const auto run_block = [&](std::size_t block) {
    const LinearTarget* target = targets.data();
    while (block >= target->weight.block_count()) {
      block -= target->weight.block_count();
      ++target;
    }
    alignas(64) Tile tile;
    for (std::size_t t = 0; t < tokens; t += kTokenBatch) {
      const std::size_t count = std::min(kTokenBatch, tokens - t);
      activations.multiply(target->weight, block, t, count, tile);
      store_tile(tile, *target, block, t, count, residual);
    }
  };
  parallel_for(blocks, block_grain(cols, tokens),
               [&](std::size_t begin, std::size_t end) {
                 for (std::size_t b = begin; b < end; ++b) run_block(b);
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
  const LinearTarget target{gate, out, gate.rows()};
  const auto run_block = [&](std::size_t block) {
    alignas(64) Tile gates;
    alignas(64) Tile ups;
    for (std::size_t t = 0; t < tokens; t += kTokenBatch) {
      const std::size_t count = std::min(kTokenBatch, tokens - t);
      activations.multiply(gate, block, t, count, gates);
      activations.multiply(up, block, t, count, ups);
      kernels.silu_multiply(gates, ups, count * kRowsPerBlock, gates);
      store_tile(gates, target, block, t, count, nullptr);
    }
  };
  parallel_for(gate.block_count(), block_grain(2 * cols, tokens),
               [&](std::size_t begin, std::size_t end) {
                 for (std::size_t b = begin; b < end; ++b) run_block(b);
               });
}

}  // namespace etllm::kernels
