#pragma once

// Writes quantized values to their places in a block of 16 rows, as
// `weight_format.h` lays them out.

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "importer/tensors/ggml_blocks.h"
#include "kernels/formats/weight_format.h"

namespace etllm::importer {

/// What a format looks like, known at compile time so that loops unroll.
template <kernels::WeightFormat kFormat>
struct FormatShape {
  using WeightFormat = kernels::WeightFormat;
  static constexpr bool kIs4Bit = kFormat == WeightFormat::kQ4 ||
                                  kFormat == WeightFormat::kQ4Min ||
                                  kFormat == WeightFormat::kQ4MinF32;
  static constexpr bool kHasMinimum =
      kFormat == WeightFormat::kQ4Min || kFormat == WeightFormat::kQ4MinF32 ||
      kFormat == WeightFormat::kQ8Min || kFormat == WeightFormat::kQ8MinF32;
  static constexpr std::size_t kParts =
      kFormat == WeightFormat::kQ8HalfF32 ? 2 : 1;
  static constexpr int kZeroPoint = kHasMinimum ? 0 : (kIs4Bit ? 8 : 128);
};

/// A view of one block of the output; `Scale` as in QuantGroup.
template <kernels::WeightFormat kFormat, typename Scale>
class InterleavedBlock {
 public:
  using Shape = FormatShape<kFormat>;

  InterleavedBlock(std::byte* block, const kernels::WeightBlockLayout& layout)
      : scales_(block),
        minimums_(block + layout.minimums_offset),
        quants_(block + layout.quants_offset) {}

  /// Stores `values` as columns 32 * group .. 32 * group + 31 of `row`.
  void put(std::size_t group, std::size_t row,
           const QuantGroup<Scale>& values) {
    constexpr std::size_t kRows = kernels::kRowsPerBlock;
    for (std::size_t part = 0; part < Shape::kParts; ++part) {
      store(scales_, (group * Shape::kParts + part) * kRows + row,
            values.scale[part]);
    }
    if constexpr (Shape::kHasMinimum) {
      store(minimums_, group * kRows + row, values.minimum);
    }
    if constexpr (Shape::kIs4Bit) {
      std::uint8_t packed[16];
      for (int i = 0; i < 16; ++i) {
        packed[i] = static_cast<std::uint8_t>(values.quants[i] |
                                              (values.quants[i + 16] << 4));
      }
      scatter<4>(group, row, packed);
    } else {
      scatter<8>(group, row, values.quants);
    }
  }

 private:
  static void store(std::byte* base, std::size_t index, Scale value) {
    std::memcpy(base + index * sizeof(Scale), &value, sizeof(Scale));
  }

  /// Four columns of a row are neighbours; then come those of the next row.
  template <std::size_t kWords>
  void scatter(std::size_t group, std::size_t row, const std::uint8_t* values) {
    std::byte* out = quants_ + group * (kWords * 64) + row * 4;
    for (std::size_t word = 0; word < kWords; ++word) {
      std::memcpy(out + word * 64, values + word * 4, 4);
    }
  }

  std::byte* scales_;
  std::byte* minimums_;
  std::byte* quants_;
};

}  // namespace etllm::importer
