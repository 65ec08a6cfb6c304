#include "kernels/linear/activations.h"

#include <algorithm>

#include "kernels/dispatch/select.h"
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

Activations::Activations(const ActivationRows& rows, bool quantize,
                         ActivationBits bits, Threads threads)
    : kernels_(active_kernels()),
      rows_(rows),
      bits_(bits),
      tile_(kernels_.tile_tokens) {
  if (!quantize || !kernels_.quantizes_activations ||
      bits == ActivationBits::k32) {
    return;
  }
  if (bits == ActivationBits::k16) tile_ = 1;
  const std::size_t bytes = rows.tokens * token_bytes(rows.cols);
  const std::size_t tiles = (rows.tokens + tile_ - 1) / tile_;
  if (threads == Threads::kThis) {
    tiles_ = reinterpret_cast<unsigned char*>(task_scratch(bytes));
    this->quantize(0, tiles);
    return;
  }
  tiles_ = reinterpret_cast<unsigned char*>(operator_scratch(bytes));
  const std::size_t grain = std::max<std::size_t>(1, kTokenGrain / tile_);
  parallel_for(tiles, grain, [&](std::size_t begin, std::size_t end) {
    this->quantize(begin, end);
  });
}

void Activations::quantize(std::size_t first_tile, std::size_t last_tile) {
  const std::size_t last = std::min(last_tile * tile_, rows_.tokens);
  for (std::size_t t = first_tile * tile_; t < last; t += tile_at(t)) {
    const float* x = rows_.data + t * rows_.cols;
    unsigned char* tile = tiles_ + t * token_bytes(rows_.cols);
    if (bits_ == ActivationBits::k16) {
      kernels_.quantize_16_bits(x, rows_.cols, tile);
    } else {
      kernels_.quantize_tile(x, rows_.cols, tile_at(t), tile);
    }
  }
}

std::size_t Activations::tile_at(std::size_t first) const {
  const std::size_t rest = rows_.tokens - first;
  for (std::size_t tile = tile_; tile > 1; tile /= 2) {
    if (rest >= tile) return tile;
  }
  return 1;
}

std::size_t Activations::batch_tokens() const {
  // Half of a tile is for rests, which few groups have.
  const std::size_t fitting = kBatchBytes / (token_bytes(rows_.cols) / 2 + 1);
  return std::max(tile_, fitting / tile_ * tile_);
}

bool Activations::rounds_to_bf16(const WeightMatrix& weight) const {
  return kernels_.multiply_bf16 != nullptr && kernels_.quantizes_activations &&
         bits_ == ActivationBits::k8 && weight.traits().name == "bf16";
}

void Activations::multiply_tile(const WeightMatrix& weight, std::size_t block,
                                std::size_t count, std::size_t first,
                                const ProductTarget& target) const {
  const BlockRange blocks = weight.blocks(block, count);
  const unsigned char* tile = tiles_ + first * token_bytes(rows_.cols);
  if (rounds_to_bf16(weight)) {
    kernels_.multiply_bf16(blocks, rows_.data + first * rows_.cols,
                           tile_at(first), target);
  } else if (tiles_ == nullptr || weight.traits().is_dense) {
    kernels_.multiply_float(blocks, rows_.data + first * rows_.cols,
                            tile_at(first), target);
  } else if (bits_ == ActivationBits::k16) {
    kernels_.multiply_16_bits(blocks, tile, target);
  } else {
    kernels_.multiply_quantized(blocks, tile, tile_at(first), target);
  }
}

}  // namespace etllm::kernels
