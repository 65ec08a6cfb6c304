#include "kernels/linear/activations.h"

#include <algorithm>

#include "kernels/threading/parallel.h"
#include "kernels/threading/scratch.h"

namespace etllm::kernels {
namespace {

// Tokens whose quantization is worth another thread.
constexpr std::size_t kTokenGrain = 8;
// The share of a second-level cache that a batch of tokens may fill.
constexpr std::size_t kBatchBytes = std::size_t{512} << 10;

std::size_t token_bytes(std::size_t cols) {
  return cols / kColsPerGroup * kActivationGroupBytes;
}

}  // namespace

Activations::Activations(const KernelSet& kernels, const float* x,
                         std::size_t tokens, std::size_t cols, bool quantize)
    : kernels_(kernels), x_(x), tokens_(tokens), cols_(cols) {
  if (!quantize || !kernels.quantizes_activations) return;
  tiles_ = reinterpret_cast<unsigned char*>(
      operator_scratch(tokens * token_bytes(cols)));
  const std::size_t full = kernels.tile_tokens;
  const std::size_t tiles = (tokens + full - 1) / full;
  const std::size_t grain = std::max<std::size_t>(1, kTokenGrain / full);
  parallel_for(tiles, grain, [&](std::size_t begin, std::size_t end) {
    const std::size_t last = std::min(end * full, tokens);
    for (std::size_t t = begin * full; t < last; t += tile_at(t)) {
      kernels_.quantize_tile(x_ + t * cols_, cols_, tile_at(t),
                             tiles_ + t * token_bytes(cols_));
    }
  });
}

std::size_t Activations::tile_at(std::size_t first) const {
  const std::size_t rest = tokens_ - first;
  for (std::size_t tile = kernels_.tile_tokens; tile > 1; tile /= 2) {
    if (rest >= tile) return tile;
  }
  return 1;
}

std::size_t Activations::batch_tokens() const {
  const std::size_t fitting = kBatchBytes / (token_bytes(cols_) + 1);
  const std::size_t tile = kernels_.tile_tokens;
  return std::max(tile, fitting / tile * tile);
}

void Activations::multiply_tile(const WeightMatrix& weight, std::size_t block,
                                std::size_t count, std::size_t first,
                                const ProductTarget& target) const {
  const BlockRange blocks = weight.blocks(block, count);
  if (tiles_ != nullptr && !weight.traits().is_dense) {
    kernels_.multiply_quantized(blocks, tiles_ + first * token_bytes(cols_),
                                tile_at(first), target);
  } else {
    kernels_.multiply_float(blocks, x_ + first * cols_, tile_at(first), target);
  }
}

}  // namespace etllm::kernels
