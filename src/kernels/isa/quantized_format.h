#pragma once

// The quantized weight formats as types, for code that is compiled once for
// each of them.

#include <cstddef>
#include <cstdint>

#include "kernels/formats/weight_format.h"

namespace etllm::kernels {

template <int Bits, bool HasMinimum, int ScaleBytes, int Parts, int Zero>
struct QuantizedFormat {
  static constexpr int kBits = Bits;
  static constexpr bool kHasMinimum = HasMinimum;
  static constexpr int kScaleBytes = ScaleBytes;
  static constexpr int kParts = Parts;
  static constexpr int kZero = Zero;
  static constexpr std::size_t kGroupBytes =
      kRowsPerBlock * kColsPerGroup * Bits / 8;
  static constexpr std::size_t kScaleGroupBytes =
      Parts * kRowsPerBlock * ScaleBytes;
  static constexpr std::size_t kMinimumGroupBytes = kRowsPerBlock * ScaleBytes;
  /// All that a group of columns has in a block, which is in several places.
  static constexpr std::size_t kRecordBytes =
      kGroupBytes + kScaleGroupBytes + (HasMinimum ? kMinimumGroupBytes : 0);
};

/// Calls `visit.operator()<Format>()` for the format of that number; does
/// nothing for a dense or unknown one. The numbers are WeightFormat's.
template <class Visit>
inline void visit_quantized_format(std::int32_t format, Visit&& visit) {
  switch (format) {
    case 16:
      return visit.template operator()<QuantizedFormat<4, false, 2, 1, 8>>();
    case 17:
      return visit.template operator()<QuantizedFormat<4, true, 2, 1, 0>>();
    case 18:
      return visit.template operator()<QuantizedFormat<4, true, 4, 1, 0>>();
    case 32:
      return visit.template operator()<QuantizedFormat<8, false, 2, 1, 128>>();
    case 33:
      return visit.template operator()<QuantizedFormat<8, true, 2, 1, 0>>();
    case 34:
      return visit.template operator()<QuantizedFormat<8, true, 4, 1, 0>>();
    case 35:
      return visit.template operator()<QuantizedFormat<8, false, 4, 2, 128>>();
    default:
      return;
  }
}

/// Scales or minimums of as many rows as a vector has lanes, from `index` on.
template <class Isa, class Format>
inline typename Isa::F load_scale(const unsigned char* values,
                                  std::size_t index) {
  if constexpr (Format::kScaleBytes == 2) {
    return Isa::load_half(values + 2 * index);
  } else {
    return Isa::load_bits(values + 4 * index);
  }
}

}  // namespace etllm::kernels
