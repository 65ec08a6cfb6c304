#pragma once

// Rows of a matrix of any format times f32 activations: the reference
// that the 8-bit kernels are measured against, and the way of dense weights.

#include "kernels/dispatch/kernel_set.h"
#include "kernels/isa/quantized_format.h"

namespace etllm::kernels {

/// Running sums of T tokens and 16 rows.
template <class Isa, int T>
struct FloatTile {
  static constexpr int kVectors = kRowsPerBlock / Isa::kLanes;

  /// Adds `weight * x[t][column]`, for the rows of vector `v`.
  void add(typename Isa::F weight, int v, const float* x, std::size_t stride) {
#pragma GCC unroll 8
    for (int t = 0; t < T; ++t) {
      sum[t][v] = Isa::fma(weight, Isa::set1(x[t * stride]), sum[t][v]);
    }
  }

  /// Sixteen rows from `row` on.
  void store(const ProductTarget& target, std::size_t row) const {
    for (int t = 0; t < T; ++t) {
      for (int v = 0; v < kVectors; ++v) {
        const std::size_t at = t * target.stride + row + v * Isa::kLanes;
        const auto value = target.base == nullptr
                               ? sum[t][v]
                               : sum[t][v] + Isa::load(target.base + at);
        Isa::store(target.out + at, value);
      }
    }
  }

  typename Isa::F sum[T][kVectors] = {};
};

/// Four columns of one group, whose quants lie in the four bytes of a lane.
template <class Isa, class Format, int T>
inline void add_four_columns(FloatTile<Isa, T>& tile, int v,
                             typename Isa::I quants, typename Isa::F scale,
                             typename Isa::F minimum, const float* x,
                             std::size_t stride) {
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    const auto q = ((quants >> (8 * j)) & 0xff) - Format::kZero;
    tile.add(Isa::fma(Isa::to_float(q), scale, minimum), v, x + j, stride);
  }
}

template <class Isa, class Format, int T>
FloatTile<Isa, T> multiply_float_tile(const BlockRange& block,
                                      const unsigned char* data,
                                      const float* x) {
  const std::size_t stride = block.cols;
  using F = typename Isa::F;
  constexpr int kVectors = kRowsPerBlock / Isa::kLanes;
  FloatTile<Isa, T> tile;
  for (std::size_t g = 0; g < block.cols / kColsPerGroup; ++g) {
    const unsigned char* quants =
        data + block.quants_offset + g * Format::kGroupBytes;
    const float* xs = x + g * kColsPerGroup;
    for (int v = 0; v < kVectors; ++v) {
      F minimum = Isa::set1(0.0f);
      if constexpr (Format::kHasMinimum) {
        minimum = load_scale<Isa, Format>(data + block.minimums_offset,
                                          g * kRowsPerBlock + v * Isa::kLanes);
      }
      for (std::size_t step = 0; step < 8; ++step) {
        const std::size_t part = step * Format::kParts / 8;
        const F scale = load_scale<Isa, Format>(
            data,
            (g * Format::kParts + part) * kRowsPerBlock + v * Isa::kLanes);
        const std::size_t at = Format::kBits == 4 ? step % 4 : step;
        auto bytes =
            Isa::load_bytes(quants + at * 64 + v * sizeof(typename Isa::Bytes));
        if constexpr (Format::kBits == 4) {
          bytes = step < 4 ? Isa::low_nibbles(bytes) : Isa::high_nibbles(bytes);
        }
        add_four_columns<Isa, Format, T>(tile, v, Isa::as_ints(bytes), scale,
                                         minimum, xs + 4 * step, stride);
      }
    }
  }
  return tile;
}

/// Dense weights: 0 is f32, 1 f16, 2 bf16 in pairs of columns.
template <class Isa, int Format, int T>
FloatTile<Isa, T> multiply_dense_tile(const BlockRange& block,
                                      const unsigned char* data,
                                      const float* x) {
  const std::size_t stride = block.cols;
  constexpr int kVectors = kRowsPerBlock / Isa::kLanes;
  FloatTile<Isa, T> tile;
  for (std::size_t c = 0; c < block.cols; ++c) {
    for (int v = 0; v < kVectors; ++v) {
      const std::size_t row = v * Isa::kLanes;
      if constexpr (Format == 0) {
        tile.add(Isa::load_bits(data + 4 * (c * kRowsPerBlock + row)), v, x + c,
                 stride);
      } else if constexpr (Format == 1) {
        tile.add(Isa::load_half(data + 2 * (c * kRowsPerBlock + row)), v, x + c,
                 stride);
      } else {
        const auto pair = Isa::as_ints(
            Isa::load_bytes(data + 4 * (c / 2 * kRowsPerBlock + row)));
        const auto bits = c % 2 == 0 ? pair << 16 : pair & ~0xffff;
        tile.add(Isa::as_floats(bits), v, x + c, stride);
      }
    }
  }
  return tile;
}

/// Stores what `multiply.operator()<T>(data, x)` gives for each block and each
/// tile of tokens.
template <class Isa, class Multiply>
inline void for_float_tiles(const BlockRange& blocks, const float* x,
                            std::size_t tokens, const ProductTarget& target,
                            Multiply&& multiply) {
  for (std::size_t b = 0; b < blocks.count; ++b) {
    const unsigned char* data = blocks.data + b * blocks.block_bytes;
    std::size_t done = 0;
    const auto tile = [&]<int T>() {
      ProductTarget part = target;
      part.out += done * target.stride;
      if (part.base != nullptr) part.base += done * target.stride;
      multiply.template operator()<T>(data, x + done * blocks.cols)
          .store(part, b * kRowsPerBlock);
    };
    for (; tokens - done >= Isa::kTokenTile; done += Isa::kTokenTile) {
      tile.template operator()<Isa::kTokenTile>();
    }
    for (; done < tokens; ++done) tile.template operator()<1>();
  }
}

template <class Isa, int Format>
void multiply_dense(const BlockRange& blocks, const float* x,
                    std::size_t tokens, const ProductTarget& target) {
  for_float_tiles<Isa>(
      blocks, x, tokens, target,
      [&]<int T>(const unsigned char* data, const float* tile) {
        return multiply_dense_tile<Isa, Format, T>(blocks, data, tile);
      });
}

template <class Isa>
void multiply_float(const BlockRange& blocks, const float* x,
                    std::size_t tokens, const ProductTarget& target) {
  switch (blocks.format) {
    case 0:
      return multiply_dense<Isa, 0>(blocks, x, tokens, target);
    case 1:
      return multiply_dense<Isa, 1>(blocks, x, tokens, target);
    case 2:
      return multiply_dense<Isa, 2>(blocks, x, tokens, target);
    default:
      break;
  }
  visit_quantized_format(blocks.format, [&]<class Format>() {
    for_float_tiles<Isa>(
        blocks, x, tokens, target,
        [&]<int T>(const unsigned char* data, const float* tile) {
          return multiply_float_tile<Isa, Format, T>(blocks, data, tile);
        });
  });
}

}  // namespace etllm::kernels
