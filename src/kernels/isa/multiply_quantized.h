#pragma once

// Rows of a quantized matrix times 8-bit activations. `Isa` is a type without
// linkage, one in each instruction set's file, so that no instantiation can be
// shared between files with different flags.

#include "kernels/dispatch/kernel_set.h"
#include "kernels/isa/prefetch.h"
#include "kernels/isa/quantize_tile.h"
#include "kernels/isa/quantized_format.h"

namespace etllm::kernels {

/// Vectors that hold one number for each row of a block.
template <class Isa>
inline constexpr int kBlockVectors = kRowsPerBlock / Isa::kLanes;

/// Four columns of a block's rows, or eight of 4 bits.
inline constexpr std::size_t kStepBytes = 4 * kRowsPerBlock;

/// Four activations of a token in every 32-bit lane.
template <class Isa>
inline typename Isa::I broadcast_activations(const std::int8_t* values) {
  std::int32_t four;
  __builtin_memcpy(&four, values, sizeof four);
  return Isa::set1(four);
}

/// Adds the integer products of `Steps` times four columns; a step of 4-bit
/// quants has four columns more in its high nibbles, 16 columns on.
template <class Isa, int Bits, int Steps, int T>
inline void add_steps(const unsigned char* quants, const std::int8_t (*x)[T][4],
                      typename Isa::I (&dot)[T][kBlockVectors<Isa>]) {
  constexpr int kVectors = kBlockVectors<Isa>;
  constexpr std::size_t kVectorBytes = 4 * Isa::kLanes;
#pragma GCC unroll 8
  for (int step = 0; step < Steps; ++step) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      const auto packed =
          Isa::load_bytes(quants + kStepBytes * step + v * kVectorBytes);
      if constexpr (Bits == 4) {
        const auto low = Isa::low_nibbles(packed);
        const auto high = Isa::high_nibbles(packed);
#pragma GCC unroll 8
        for (int t = 0; t < T; ++t) {
          dot[t][v] = Isa::dot_nibbles(dot[t][v], low,
                                       broadcast_activations<Isa>(x[step][t]));
          dot[t][v] = Isa::dot_nibbles(
              dot[t][v], high, broadcast_activations<Isa>(x[step + 4][t]));
        }
      } else {
#pragma GCC unroll 8
        for (int t = 0; t < T; ++t) {
          dot[t][v] = Isa::dot_bytes(dot[t][v], packed,
                                     broadcast_activations<Isa>(x[step][t]));
        }
      }
    }
  }
}

/// The integer products of one group, or of the half `part` of it where a
/// format has two scales in a group.
template <class Isa, class Format, int T>
inline void multiply_group(const unsigned char* quants, int part,
                           const ActivationGroup<T>& x,
                           typename Isa::I (&dot)[T][kBlockVectors<Isa>]) {
  constexpr int kVectors = kBlockVectors<Isa>;
  // Each step is four columns; a 4-bit group holds two of them in a byte.
  constexpr int kSteps = Format::kBits == 4 ? 4 : 8 / Format::kParts;
  // The products are of `q - bias`; what the rest of the zero point adds is
  // where the sums start.
  constexpr int kBias = Format::kBits == 8 ? Isa::kByteBias : 0;
  constexpr int kOffset = (Format::kZero - kBias) / 8;
  const auto& offsets = x.offsets[Format::kParts == 2 ? part + 1 : 0];
#pragma GCC unroll 8
  for (int t = 0; t < T; ++t) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      dot[t][v] = Isa::set1(0);
      if constexpr (kOffset != 0) dot[t][v] = Isa::set1(offsets[t]) * kOffset;
    }
  }
  quants += kStepBytes * part * kSteps;
  const auto* values = x.values + part * kSteps;
  // An instruction set may have a better way than to broadcast activations.
  if constexpr (requires {
                  Isa::template add_steps<Format::kBits, kSteps, T>(
                      quants, values, dot);
                }) {
    Isa::template add_steps<Format::kBits, kSteps, T>(quants, values, dot);
  } else {
    add_steps<Isa, Format::kBits, kSteps, T>(quants, values, dot);
  }
}

/// Where the weights of one group of a block are.
struct GroupWeights {
  const unsigned char* quants;
  const unsigned char* scales;
  const unsigned char* minimums;
};

/// Adds the products of one group.
template <class Isa, class Format, int T>
inline void add_group(const GroupWeights& weights, const ActivationGroup<T>& x,
                      typename Isa::F (&sum)[T][kBlockVectors<Isa>]) {
  using F = typename Isa::F;
  constexpr int kVectors = kBlockVectors<Isa>;
#pragma GCC unroll 2
  for (int part = 0; part < Format::kParts; ++part) {
    typename Isa::I dot[T][kVectors];
    multiply_group<Isa, Format, T>(weights.quants, part, x, dot);
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      const F scale = load_scale<Isa, Format>(
          weights.scales, part * kRowsPerBlock + v * Isa::kLanes);
#pragma GCC unroll 8
      for (int t = 0; t < T; ++t) {
        sum[t][v] = Isa::fma(Isa::to_float(dot[t][v]),
                             scale * Isa::set1(x.scales[t]), sum[t][v]);
      }
    }
  }
  if constexpr (Format::kHasMinimum) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      const F minimum =
          load_scale<Isa, Format>(weights.minimums, v * Isa::kLanes);
#pragma GCC unroll 8
      for (int t = 0; t < T; ++t) {
        sum[t][v] = Isa::fma(minimum, Isa::set1(x.scaled_sums[t]), sum[t][v]);
      }
    }
  }
}

/// One block times a tile. `Streams` tells that the blocks come from memory,
/// one after the other.
template <class Isa, class Format, int T, bool Streams>
inline void multiply_block(const GroupWeights& block, std::size_t groups,
                           const ActivationGroup<T>* x,
                           typename Isa::F (&sum)[T][kBlockVectors<Isa>]) {
  GroupWeights weights = block;
  for (std::size_t g = 0; g < groups; ++g, ++x) {
    if constexpr (Streams) {
      prefetch<Format::kRecordBytes>(block.scales + g * Format::kRecordBytes);
    }
    add_group<Isa, Format, T>(weights, *x, sum);
    weights.quants += Format::kGroupBytes;
    weights.scales += Format::kScaleGroupBytes;
    weights.minimums += Format::kMinimumGroupBytes;
  }
}

/// Adds the products of the rests that a tile has; see `ActivationGroup`.
template <class Isa, class Format, int T>
inline void multiply_rests(const GroupWeights& block, std::size_t groups,
                           const ActivationGroup<T>* x,
                           typename Isa::F (&sum)[T][kBlockVectors<Isa>]) {
  const ActivationGroup<T>* rests = x + groups;
  const auto* indices = reinterpret_cast<const std::uint32_t*>(rests + groups);
  const std::uint32_t count = indices[groups];
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t g = indices[i];
    add_group<Isa, Format, T>({block.quants + g * Format::kGroupBytes,
                               block.scales + g * Format::kScaleGroupBytes,
                               block.minimums + g * Format::kMinimumGroupBytes},
                              rests[i], sum);
  }
}

/// The first `Tokens` of T tokens, which are all of them, or one whose values
/// and rests are a pair.
template <class Isa, class Format, int T, int Tokens>
void multiply_quantized_tile(const BlockRange& blocks,
                             const ActivationGroup<T>* x,
                             const ProductTarget& target) {
  constexpr int kVectors = kBlockVectors<Isa>;
  constexpr bool kIsPair = Tokens < T;
  const std::size_t groups = blocks.cols / kColsPerGroup;
  for (std::size_t b = 0; b < blocks.count; ++b) {
    const std::size_t row = b * kRowsPerBlock;
    typename Isa::F sum[T][kVectors] = {};
    if (target.base != nullptr) {
      for (int t = 0; t < Tokens; ++t) {
        for (int v = 0; v < kVectors; ++v) {
          sum[t][v] = Isa::load(target.base + t * target.stride + row +
                                v * Isa::kLanes);
        }
      }
    }
    const unsigned char* data = blocks.data + b * blocks.block_bytes;
    const GroupWeights block{data + blocks.quants_offset, data,
                             data + blocks.minimums_offset};
    if (blocks.count > 1) {
      multiply_block<Isa, Format, T, true>(block, groups, x, sum);
    } else {
      multiply_block<Isa, Format, T, false>(block, groups, x, sum);
    }
    if constexpr (!kIsPair) {
      multiply_rests<Isa, Format, T>(block, groups, x, sum);
    }
    for (int t = 0; t < Tokens; ++t) {
      for (int v = 0; v < kVectors; ++v) {
        if constexpr (kIsPair) sum[0][v] += sum[1][v];
        Isa::store(target.out + t * target.stride + row + v * Isa::kLanes,
                   sum[t][v]);
      }
    }
  }
}

template <class Isa>
void multiply_quantized(const BlockRange& blocks, const unsigned char* tile,
                        std::size_t tokens, const ProductTarget& target) {
  visit_quantized_format(blocks.format, [&]<class Format>() {
    visit_tile_size<Isa>(tokens, [&]<int T>() {
      multiply_quantized_tile<Isa, Format, T, T>(
          blocks, reinterpret_cast<const ActivationGroup<T>*>(tile), target);
    });
  });
}

template <class Isa>
void multiply_16_bits(const BlockRange& blocks, const unsigned char* tile,
                      const ProductTarget& target) {
  visit_quantized_format(blocks.format, [&]<class Format>() {
    multiply_quantized_tile<Isa, Format, 2, 1>(
        blocks, reinterpret_cast<const ActivationGroup<2>*>(tile), target);
  });
}

}  // namespace etllm::kernels
