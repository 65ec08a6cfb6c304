#include "kernels/linear/linear.h"

#include <algorithm>

#include "kernels/dispatch/select.h"
#include "kernels/linear/linear_in_tiles.h"
#include "kernels/threading/parallel.h"

namespace etllm::kernels {
namespace {

// Multiplications that are worth a thread.
constexpr std::size_t kWorkPerTask = std::size_t{1} << 16;
// Values of the largest tile, and of the blocks that one token takes at once.
constexpr std::size_t kTileFloats = 8 * kRowsPerBlock;

// Tokens that make a pass over a matrix worth it, and what tasks are cut into:
// whole tiles.
constexpr std::size_t kTokensPerTask = 32;
constexpr std::size_t kTokenStep = 8;

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

/// What follows the product of the tile at `token` and `rows` rows from those
/// of `block` on, while it is in the nearest cache.
void finish_tile(const Activations& x, const LinearTarget& target,
                 std::size_t block, std::size_t rows, std::size_t token) {
  if (target.bias == nullptr && target.function == ActivationFunction::kNone) {
    return;
  }
  const std::size_t row = block * kRowsPerBlock;
  active_kernels().finish_rows(
      {target.out + token * target.out_stride + row, target.out_stride,
       x.tile_at(token), rows},
      target.bias == nullptr ? nullptr : target.bias + row, target.function);
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
  finish_tile(x, target, block, rows, token);
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
    finish_tile(x, target, begin, (whole - begin) * kRowsPerBlock, 0);
  } else {
    for_tiles(x, begin, whole, [&](std::size_t block, std::size_t token) {
      x.multiply_tile(target.weight, block, 1, token, target_at(block, token));
      finish_tile(x, target, block, kRowsPerBlock, token);
    });
  }
  for_tiles(x, whole, end, [&](std::size_t block, std::size_t token) {
    multiply_padded_block(x, target, block, token, target_at(block, token));
  });
}

/// The blocks `block .. block + count` of both matrices times one tile.
void multiply_gated_tile(const KernelSet& kernels, const Activations& x,
                         const GatedMatrices& matrices, std::size_t block,
                         std::size_t count, std::size_t token, float* out) {
  alignas(64) float gates[kTileFloats];
  alignas(64) float ups[kTileFloats];
  const std::size_t width = count * kRowsPerBlock;
  x.multiply_tile(matrices.gate, block, count, token, {gates, nullptr, width});
  x.multiply_tile(matrices.up, block, count, token, {ups, nullptr, width});
  const std::size_t row = block * kRowsPerBlock;
  const auto bias_at = [&](const float* bias) {
    return bias == nullptr ? nullptr : bias + row;
  };
  const std::size_t rows = matrices.gate.rows();
  kernels.multiply_gated_rows(
      {gates, ups, width, matrices.function, bias_at(matrices.gate_bias),
       bias_at(matrices.up_bias)},
      {out + token * rows + row, rows, x.tile_at(token),
       std::min(width, rows - row)});
}

/// Calls `run(begin, end)` for ranges of `count` items, on the threads.
template <class Run>
void for_ranges(std::size_t count, std::size_t grain, Threads threads,
                Run&& run) {
  if (threads == Threads::kAll) {
    parallel_for(count, grain, run);
  } else {
    run(std::size_t{0}, count);
  }
}

/// `x` has those tokens of the product that begin with `first_token`.
void multiply(const ActivationRows& x, std::size_t first_token,
              std::span<const LinearTarget> targets, const float* residual,
              ActivationBits bits, Threads threads) {
  std::size_t blocks = 0;
  bool has_quantized = false;
  for (const LinearTarget& target : targets) {
    blocks += target.weight.block_count();
    has_quantized |= !target.weight.traits().is_dense;
  }
  const Activations activations(x, has_quantized, bits, threads);
  for_ranges(blocks, block_grain(x.cols, x.tokens), threads,
             [&](std::size_t begin, std::size_t end) {
               std::size_t first = 0;
               for (LinearTarget target : targets) {
                 const std::size_t skipped = first_token * target.out_stride;
                 target.out += skipped;
                 const std::size_t count = target.weight.block_count();
                 const std::size_t from = std::max(begin, first) - first;
                 const std::size_t to = std::min(end, first + count);
                 if (first + from < to) {
                   multiply_blocks(
                       activations, target,
                       residual == nullptr ? nullptr : residual + skipped, from,
                       to - first);
                 }
                 first += count;
               }
             });
}

void multiply_gated(const ActivationRows& x, const GatedMatrices& matrices,
                    float* out, Threads threads) {
  const KernelSet& kernels = active_kernels();
  const bool is_dense =
      matrices.gate.traits().is_dense && matrices.up.traits().is_dense;
  const Activations activations(x, !is_dense, ActivationBits::k8, threads);
  const auto run = [&](std::size_t block, std::size_t count,
                       std::size_t token) {
    multiply_gated_tile(kernels, activations, matrices, block, count, token,
                        out);
  };
  for_ranges(matrices.gate.block_count(), block_grain(2 * x.cols, x.tokens),
             threads, [&](std::size_t begin, std::size_t end) {
               if (x.tokens > 1) {
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

/// Whether each thread takes some of the tokens, which then stay in its caches
/// from product to product, instead of some of the rows.
bool is_cut_by_tokens(std::size_t tokens) {
  return thread_count() > 1 && tokens >= 2 * kTokensPerTask * thread_count();
}

/// Calls `run(first, count)` for some successive tokens, on all threads.
template <class Run>
void for_tokens(std::size_t tokens, Run&& run) {
  constexpr std::size_t kGrain = kTokensPerTask / kTokenStep;
  const std::size_t steps = (tokens + kTokenStep - 1) / kTokenStep;
  parallel_for(steps, kGrain, [&](std::size_t begin, std::size_t end) {
    const std::size_t first = begin * kTokenStep;
    run(first, std::min(end * kTokenStep, tokens) - first);
  });
}

}  // namespace

void linear(const float* x, std::size_t tokens,
            std::span<const LinearTarget> targets, const float* residual,
            ActivationBits bits) {
  if (targets.empty() || tokens == 0) return;
  const std::size_t cols = targets[0].weight.cols();
  if (bits != ActivationBits::k32 && multiplies_in_tiles(tokens)) {
    return linear_in_tiles({x, tokens, cols}, targets, residual, bits);
  }
  if (!is_cut_by_tokens(tokens)) {
    return multiply({x, tokens, cols}, 0, targets, residual, bits,
                    Threads::kAll);
  }
  for_tokens(tokens, [&](std::size_t first, std::size_t count) {
    multiply({x + first * cols, count, cols}, first, targets, residual, bits,
             Threads::kThis);
  });
}

void gated_linear(const float* x, std::size_t tokens,
                  const GatedMatrices& matrices, float* out) {
  if (tokens == 0) return;
  const std::size_t cols = matrices.gate.cols();
  if (multiplies_in_tiles(tokens)) {
    return gated_linear_in_tiles({x, tokens, cols}, matrices, out);
  }
  if (!is_cut_by_tokens(tokens)) {
    return multiply_gated({x, tokens, cols}, matrices, out, Threads::kAll);
  }
  for_tokens(tokens, [&](std::size_t first, std::size_t count) {
    multiply_gated({x + first * cols, count, cols}, matrices,
                   out + first * matrices.gate.rows(), Threads::kThis);
  });
}

}  // namespace etllm::kernels
