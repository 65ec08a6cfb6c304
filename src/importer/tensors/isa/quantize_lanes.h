#pragma once

// The quantizer in vectors of rows. Included by one file for each instruction
// set, which gives a type of its own, so that no two of them share a function.
// No operation is fused and each row has a lane of its own: the results do not
// depend on the number of lanes.

#include <cstddef>

#include "importer/tensors/quantizer.h"

namespace etllm::importer {

/// What tells 4 and 8 bits apart. A candidate is what the value of largest
/// magnitude in a group becomes when it is divided by the scale.
struct QuantsOf4Bits {
  static constexpr float kLowest = -8;
  static constexpr float kHighest = 7;
  static constexpr int kZeroPoint = 8;
  // Steps of a quarter around the range, which come within 0.1% of the best
  // scale there is; and whole numbers, so that groups of few levels (weights
  // that were trained so) keep their values.
  static constexpr float kCandidates[] = {
      -8.0F, -7.0F,  -6.5F, -6.75F, -7.25F, -7.5F, -7.75F, -8.25F,
      -8.5F, -8.75F, -9.0F, -9.25F, -9.5F,  -6.0F, -5.0F,  -4.0F};
};

struct QuantsOf8Bits {
  static constexpr float kLowest = -127;
  static constexpr float kHighest = 127;
  static constexpr int kZeroPoint = 128;
  // Nothing is cut off here; where the values fall between the steps differs.
  // Whole numbers keep groups of few levels here too.
  static constexpr float kCandidates[] = {127.0F, 126.0F, 125.0F, 124.0F,
                                          123.0F, 122.0F, 121.0F, 120.0F};
};

/// Operations on the vectors of an instruction set: `F` of floats, `I` of ints.
template <typename Isa>
struct LaneVectors {
  using F = typename Isa::F;
  using I = typename Isa::I;
  static constexpr std::size_t kLanes = sizeof(F) / sizeof(float);

  static F load(const float* p) {
    F value;
    __builtin_memcpy(&value, p, sizeof value);
    return value;
  }
  static F magnitude(F value) {
    return reinterpret_cast<F>(reinterpret_cast<I>(value) & 0x7fffffff);
  }
  /// Added to a number of less than 22 bits, leaves no room for a fraction.
  static constexpr float kNoFraction = 12'582'912.0F;

  template <typename Quants>
  static F clamp(F value) {
    const F lowest = F{} + Quants::kLowest;
    const F highest = F{} + Quants::kHighest;
    value = value < lowest ? lowest : value;
    return value > highest ? highest : value;
  }
};

/// The state of a search: for each row the best scale so far, as a quotient.
template <typename Isa>
struct BestScale {
  using F = typename LaneVectors<Isa>::F;
  F product_sum{};            // of value and quant
  F square_sum = F{} + 1.0F;  // of the quants

  /// The error of a group is the sum of its squares minus product_sum^2 /
  /// square_sum, when the scale is product_sum / square_sum.
  void consider(F products, F squares) {
    const auto is_better =
        products * products * square_sum > product_sum * product_sum * squares;
    product_sum = is_better ? products : product_sum;
    square_sum = is_better ? squares : square_sum;
  }
};

template <typename Isa, typename Quants>
void find_scales(const float* tile, float* scales) {
  using Lanes = LaneVectors<Isa>;
  using F = typename Lanes::F;
  constexpr std::size_t kCols = kernels::kColsPerGroup;
  constexpr std::size_t kRows = kernels::kRowsPerBlock;
  // Two candidates at a time, so that one's sums need not wait for the other's.
  constexpr std::size_t kTogether = 2;
  constexpr std::size_t kCount = sizeof Quants::kCandidates / sizeof(float);
  static_assert(kCount % kTogether == 0);
  for (std::size_t row = 0; row < kRows; row += Lanes::kLanes) {
    F extreme{};
    for (std::size_t col = 0; col < kCols; ++col) {
      const F value = Lanes::load(tile + col * kRows + row);
      extreme =
          Lanes::magnitude(value) > Lanes::magnitude(extreme) ? value : extreme;
    }
    // What is too small for a scale in f16 becomes zero.
    const F one = F{} + 1.0F;
    const F inverse =
        Lanes::magnitude(extreme) > F{} + 1e-12F ? one / extreme : F{};
    BestScale<Isa> best;
    for (std::size_t i = 0; i < kCount; i += kTogether) {
      F factors[kTogether];
      F products[kTogether] = {};
      F squares[kTogether] = {};
      for (std::size_t j = 0; j < kTogether; ++j) {
        factors[j] = inverse * Quants::kCandidates[i + j];
      }
      for (std::size_t col = 0; col < kCols; ++col) {
        const F value = Lanes::load(tile + col * kRows + row);
        for (std::size_t j = 0; j < kTogether; ++j) {
          const F rounded = value * factors[j] + Lanes::kNoFraction;
          const F quant =
              Lanes::template clamp<Quants>(rounded - Lanes::kNoFraction);
          products[j] += value * quant;
          squares[j] += quant * quant;
        }
      }
      for (std::size_t j = 0; j < kTogether; ++j) {
        best.consider(products[j], squares[j]);
      }
    }
    const F scale = best.product_sum / best.square_sum;
    __builtin_memcpy(scales + row, &scale, sizeof scale);
  }
}

template <typename Isa, typename Quants>
typename LaneVectors<Isa>::I round_column(
    const float* column, typename LaneVectors<Isa>::F factors) {
  using Lanes = LaneVectors<Isa>;
  using F = typename Lanes::F;
  using I = typename Lanes::I;
  const F quant = Lanes::template clamp<Quants>(Lanes::load(column) * factors);
  const F rounded = quant + Lanes::kNoFraction;
  const F zero = F{} + Lanes::kNoFraction;
  return reinterpret_cast<I>(rounded) - reinterpret_cast<I>(zero) +
         Quants::kZeroPoint;
}

template <typename Isa>
void round_to_4_bits(const float* tile, const float* factors,
                     std::byte* quants) {
  using Lanes = LaneVectors<Isa>;
  constexpr std::size_t kRows = kernels::kRowsPerBlock;
  for (std::size_t row = 0; row < kRows; row += Lanes::kLanes) {
    const auto factor = Lanes::load(factors + row);
    for (std::size_t word = 0; word < 4; ++word) {
      typename Lanes::I packed{};
      for (std::size_t byte = 0; byte < 4; ++byte) {
        const float* low = tile + (4 * word + byte) * kRows + row;
        const float* high = low + 16 * kRows;
        const auto both = round_column<Isa, QuantsOf4Bits>(low, factor) |
                          (round_column<Isa, QuantsOf4Bits>(high, factor) << 4);
        packed |= both << static_cast<int>(8 * byte);
      }
      __builtin_memcpy(quants + (word * kRows + row) * 4, &packed,
                       sizeof packed);
    }
  }
}

template <typename Isa>
void round_to_8_bits(const float* tile, const float* factors,
                     std::byte* quants) {
  using Lanes = LaneVectors<Isa>;
  constexpr std::size_t kRows = kernels::kRowsPerBlock;
  for (std::size_t row = 0; row < kRows; row += Lanes::kLanes) {
    const auto factor = Lanes::load(factors + row);
    for (std::size_t word = 0; word < 8; ++word) {
      typename Lanes::I packed{};
      for (std::size_t byte = 0; byte < 4; ++byte) {
        const float* column = tile + (4 * word + byte) * kRows + row;
        packed |= round_column<Isa, QuantsOf8Bits>(column, factor)
                  << static_cast<int>(8 * byte);
      }
      __builtin_memcpy(quants + (word * kRows + row) * 4, &packed,
                       sizeof packed);
    }
  }
}

template <typename Isa>
constexpr Quantizer make_quantizer() {
  return {{&find_scales<Isa, QuantsOf4Bits>, &round_to_4_bits<Isa>},
          {&find_scales<Isa, QuantsOf8Bits>, &round_to_8_bits<Isa>}};
}

}  // namespace etllm::importer
