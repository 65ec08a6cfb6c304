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
  return cols / kColsPerGroup * kActivationGroupBytes + kActivationEndBytes;
}

}  // namespace

Activations::Activations(const KernelSet& kernels, const float* x,
                         std::size_t tokens, std::size_t cols, bool quantize,
                         ActivationBits bits)
    : kernels_(kernels),
      x_(x),
      tokens_(tokens),
      cols_(cols),
      bits_(bits),
      tile_(kernels.tile_tokens) {
  if (!quantize || !kernels.quantizes_activations) return;
  if (bits == ActivationBits::k16) tile_ = 1;
  this->quantize();
}

void Activations::quantize() {
  tiles_ = reinterpret_cast<unsigned char*>(
      operator_scratch(tokens_ * token_bytes(cols_)));
  const std::size_t tiles = (tokens_ + tile_ - 1) / tile_;
  const std::size_t grain = std::max<std::size_t>(1, kTokenGrain / tile_);
  parallel_for(tiles, grain, [&](std::size_t begin, std::size_t end) {
    const std::size_t last = std::min(end * tile_, tokens_);
    for (std::size_t t = begin * tile_; t < last; t += tile_at(t)) {
      const float* x = x_ + t * cols_;
      unsigned char* tile = tiles_ + t * token_bytes(cols_);
      if (bits_ == ActivationBits::k16) {
        kernels_.quantize_16_bits(x, cols_, tile);
      } else {
        kernels_.quantize_tile(x, cols_, tile_at(t), tile);
      }
    }
  });
}

std::size_t Activations::tile_at(std::size_t first) const {
  const std::size_t rest = tokens_ - first;
  for (std::size_t tile = tile_; tile > 1; tile /= 2) {
    if (rest >= tile) return tile;
  }
  return 1;
}

std::size_t Activations::batch_tokens() const {
  // Half of a tile is for rests, which few groups have.
  const std::size_t fitting = kBatchBytes / (token_bytes(cols_) / 2 + 1);
  return std::max(tile_, fitting / tile_ * tile_);
}

void Activations::multiply_tile(const WeightMatrix& weight, std::size_t block,
                                std::size_t count, std::size_t first,
                                const ProductTarget& target) const {
  const BlockRange blocks = weight.blocks(block, count);
  const unsigned char* tile = tiles_ + first * token_bytes(cols_);
  if (tiles_ == nullptr || weight.traits().is_dense) {
    kernels_.multiply_float(blocks, x_ + first * cols_, tile_at(first), target);
  } else if (bits_ == ActivationBits::k16) {
    kernels_.multiply_16_bits(blocks, tile, target);
  } else {
    kernels_.multiply_quantized(blocks, tile, tile_at(first), target);
  }
}

}  // namespace etllm::kernels
