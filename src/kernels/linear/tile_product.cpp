#include "kernels/linear/tile_product.h"

#include <algorithm>

#include "kernels/dispatch/select.h"
#include "kernels/threading/parallel.h"
#include "kernels/threading/scratch.h"

namespace etllm::kernels {
namespace {

constexpr std::size_t kTileElements = kTileTokens * kTileCols;
constexpr std::size_t kTileBytes = kTileElements * sizeof(std::uint16_t);
// Decoded columns of two blocks, in tiles, that stay in the second-level cache
// while the tokens pass by. Fewer would fit the first one, but sums have to be
// stored and loaded again after each part, which takes longer.
constexpr std::size_t kRangeTiles = 64;
// Two blocks, in two parts.
constexpr std::size_t kWeightBytes = 4 * kRangeTiles * kTileBytes;
// The share of a second-level cache that a batch of tokens may fill.
constexpr std::size_t kBatchBytes = std::size_t{1} << 20;
// Tiles of tokens whose packing is worth another thread.
constexpr std::size_t kPackingGrain = 2;

/// Numbers of bf16 that hold a weight; see tile_kernels.h. Quantized weights
/// are rounded to one, like the activations that they meet, unless more is
/// asked for.
int weight_parts(const WeightMatrix& weight, ActivationBits bits) {
  if (weight.traits().name == "bf16") return 1;
  return weight.traits().is_dense || bits == ActivationBits::k16 ? 2 : 1;
}

std::size_t existing_rows(const TileBlocks::Block& block) {
  return std::min(kRowsPerBlock,
                  block.weight->rows() - block.index * kRowsPerBlock);
}

/// Copies the rows that exist from a whole block of `tokens`.
void copy_rows(const float* source, std::size_t tokens, std::size_t rows,
               const ProductTarget& target) {
  for (std::size_t t = 0; t < tokens; ++t) {
    for (std::size_t row = 0; row < rows; ++row) {
      const std::size_t at = t * target.stride + row;
      target.out[at] = source[t * kRowsPerBlock + row] +
                       (target.base == nullptr ? 0.0f : target.base[at]);
    }
  }
}

}  // namespace

TileProduct::TileProduct(const ActivationRows& rows, ActivationBits bits,
                         bool has_dense_weights)
    : kernels_(*active_kernels().tiles), bits_(bits) {
  tokens_.tokens = rows.tokens;
  tokens_.cols = rows.cols;
  tokens_.parts = has_dense_weights || bits == ActivationBits::k16 ? 2 : 1;
  tokens_.part_size = tokens_.token_tiles() * tokens_.tile_size();
  const std::size_t bytes = static_cast<std::size_t>(tokens_.parts) *
                            tokens_.part_size * sizeof(std::uint16_t);
  tokens_.data = reinterpret_cast<std::uint16_t*>(operator_scratch(bytes));
  parallel_for(tokens_.token_tiles(), kPackingGrain,
               [&](std::size_t begin, std::size_t end) {
                 for (std::size_t tile = begin; tile < end; ++tile) {
                   kernels_.pack_tokens(rows.data, tile, tokens_);
                 }
               });
}

std::size_t TileProduct::batch_tokens() const {
  const std::size_t fitting =
      kBatchBytes / (tokens_.tile_size() * sizeof(std::uint16_t));
  return std::max<std::size_t>(2, fitting) * kTileTokens;
}

std::size_t TileProduct::scratch_bytes() const {
  const std::size_t tokens = std::min(batch_tokens(), tokens_.tokens);
  return kWeightBytes + 4 * tokens * kRowsPerBlock * sizeof(float);
}

std::byte* TileProduct::scratch() const {
  return task_scratch(scratch_bytes());
}

float* TileProduct::pair_scratch(const TokenRange& range) const {
  return reinterpret_cast<float*>(scratch() + kWeightBytes) +
         2 * range.count * kRowsPerBlock;
}

void TileProduct::multiply_columns(const TiledTokens& tokens,
                                   const TileBlocks& work,
                                   const TileRange& range) const {
  auto* decoded = reinterpret_cast<std::uint16_t*>(scratch());
  std::array<WeightTiles, 2> weights{};
  std::array<ProductTarget, 2> targets{};
  for (std::size_t b = 0; b < work.count; ++b) {
    const TileBlocks::Block& block = work.blocks[b];
    weights[b] = {.data = decoded + b * 2 * kRangeTiles * kTileElements,
                  .part_size = range.count * kTileElements,
                  .parts = weight_parts(*block.weight, bits_)};
    targets[b] = block.target;
    kernels_.unpack_block(block.weight->blocks(block.index, 1), range,
                          weights[b].parts, weights[b].data);
  }
  kernels_.multiply_tiles(weights.data(), work.count, tokens, range,
                          targets.data());
}

void TileProduct::multiply(const TokenRange& range, TileBlocks work) const {
  TiledTokens tokens = tokens_;
  tokens.data += range.first / kTileTokens * tokens_.tile_size();
  tokens.tokens = range.count;
  for (std::size_t b = 0; b < work.count; ++b) {
    ProductTarget& target = work.blocks[b].target;
    const std::size_t skipped = range.first * target.stride;
    target.out += skipped;
    if (target.base != nullptr) target.base += skipped;
  }
  // Rows that do not exist go to a whole block of our own.
  const std::array<TileBlocks::Block, 2> wanted = work.blocks;
  auto* padded = reinterpret_cast<float*>(scratch() + kWeightBytes);
  for (std::size_t b = 0; b < work.count; ++b) {
    if (existing_rows(wanted[b]) == kRowsPerBlock) continue;
    work.blocks[b].target = {padded + b * range.count * kRowsPerBlock, nullptr,
                             kRowsPerBlock};
  }
  const std::size_t tiles = tokens_.col_tiles();
  const std::size_t steps = (tiles + kRangeTiles - 1) / kRangeTiles;
  for (std::size_t step = 0; step < steps; ++step) {
    const std::size_t first = tiles * step / steps;
    multiply_columns(tokens, work, {first, tiles * (step + 1) / steps - first});
    for (auto& block : work.blocks) block.target.base = block.target.out;
  }
  for (std::size_t b = 0; b < work.count; ++b) {
    const std::size_t rows = existing_rows(wanted[b]);
    if (rows == kRowsPerBlock) continue;
    copy_rows(work.blocks[b].target.out, range.count, rows, wanted[b].target);
  }
}

}  // namespace etllm::kernels
