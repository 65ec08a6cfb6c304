#pragma once

// Random matrices in every weight format, written and read by the definition
// in formats/weight_format.h and nothing else.

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <new>
#include <random>
#include <span>
#include <vector>

#include "kernels/formats/weight_format.h"
#include "support/guarded_allocator.h"

namespace etllm::kernels {

/// Bytes on a 64-byte boundary, as weights lie in a file.
class AlignedBytes {
 public:
  explicit AlignedBytes(std::size_t size) : storage_((size + 63) / 64) {
    size_ = size;
  }
  std::span<std::byte> bytes() {
    return {reinterpret_cast<std::byte*>(storage_.data()), size_};
  }

 private:
  struct alignas(64) Line {
    std::byte bytes[64];
  };
  GuardedVector<Line> storage_;
  std::size_t size_ = 0;
};

/// A matrix with its values as the format defines them.
struct RandomMatrix {
  RandomMatrix(WeightFormat format, std::size_t rows, std::size_t cols,
               unsigned seed)
      : format(static_cast<std::int64_t>(format)),
        rows(rows),
        cols(cols),
        storage(*weight_bytes(this->format, rows, cols)),
        values(rows * cols) {
    std::mt19937 random(seed);
    const auto layout = *weight_block_layout(this->format, cols);
    const auto& traits = *find_weight_format(this->format);
    for (std::size_t r = 0; r < rows; ++r) {
      std::byte* block =
          storage.bytes().data() + r / kRowsPerBlock * layout.block_bytes;
      if (traits.is_dense) {
        fill_dense_row(traits, block, r, random);
      } else {
        fill_quantized_row(traits, layout, block, r, random);
      }
    }
  }

  float& value(std::size_t row, std::size_t col) {
    return values[row * cols + col];
  }

  std::int64_t format;
  std::size_t rows;
  std::size_t cols;
  AlignedBytes storage;
  std::vector<float> values;

 private:
  /// A number that f16 and bf16 hold exactly.
  static float small_number(std::mt19937& random) {
    return static_cast<float>(static_cast<int>(random() % 255) - 127) / 128;
  }

  /// The upper bits of an exactly representable number, as f16.
  static std::uint16_t exact_half(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    if (value == 0) return 0;
    return static_cast<std::uint16_t>(
        ((bits >> 16) & 0x8000U) |
        (((bits & 0x7fffffffU) - 0x38000000U) >> 13));
  }

  void fill_dense_row(const WeightFormatTraits& traits, std::byte* block,
                      std::size_t row, std::mt19937& random) {
    const std::size_t lane = row % kRowsPerBlock;
    for (std::size_t c = 0; c < cols; ++c) {
      const float number = small_number(random);
      value(row, c) = number;
      if (traits.bits == 32) {
        std::memcpy(block + 4 * (c * 16 + lane), &number, 4);
      } else if (format == static_cast<std::int64_t>(WeightFormat::kF16)) {
        const std::uint16_t half = exact_half(number);
        std::memcpy(block + 2 * (c * 16 + lane), &half, 2);
      } else {
        const auto half = static_cast<std::uint16_t>(
            std::bit_cast<std::uint32_t>(number) >> 16);
        std::memcpy(block + 2 * ((c / 2 * 16 + lane) * 2 + c % 2), &half, 2);
      }
    }
  }

  float write_scale(const WeightFormatTraits& traits, std::byte* at,
                    std::size_t index, float number) {
    if (traits.scale_bytes == 4) {
      std::memcpy(at + 4 * index, &number, 4);
    } else {
      const std::uint16_t half = exact_half(number);
      std::memcpy(at + 2 * index, &half, 2);
    }
    return number;
  }

  void fill_quantized_row(const WeightFormatTraits& traits,
                          const WeightBlockLayout& layout, std::byte* block,
                          std::size_t row, std::mt19937& random) {
    const std::size_t lane = row % kRowsPerBlock;
    const auto parts = static_cast<std::size_t>(traits.scale_parts);
    const std::size_t group_bytes = 64 * static_cast<std::size_t>(traits.bits);
    for (std::size_t g = 0; g < cols / kColsPerGroup; ++g) {
      float scales[2] = {};
      for (std::size_t part = 0; part < parts; ++part) {
        scales[part] =
            write_scale(traits, block, (g * parts + part) * 16 + lane,
                        small_number(random) / 16);
      }
      float minimum = 0;
      if (traits.has_minimum) {
        minimum = write_scale(traits, block + layout.minimums_offset,
                              g * 16 + lane, small_number(random));
      }
      for (std::size_t c = 0; c < kColsPerGroup; ++c) {
        const unsigned q = random() % (1U << traits.bits);
        const std::size_t column = traits.bits == 4 ? c % 16 : c;
        std::byte& byte = block[layout.quants_offset + g * group_bytes +
                                column / 4 * 64 + lane * 4 + column % 4];
        byte |=
            static_cast<std::byte>(traits.bits == 4 && c >= 16 ? q << 4 : q);
        value(row, g * kColsPerGroup + c) =
            scales[c * parts / kColsPerGroup] *
                static_cast<float>(static_cast<int>(q) - traits.zero_point) +
            minimum;
      }
    }
  }
};

inline Floats random_floats(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  Floats values(count);
  for (float& value : values) value = normal(random);
  return values;
}

/// Norm of the difference over the norm of what is expected.
inline double relative_error(std::span<const float> actual,
                             std::span<const double> expected) {
  double difference = 0;
  double norm = 1e-30;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
    norm += expected[i] * expected[i];
  }
  return std::sqrt(difference / norm);
}

}  // namespace etllm::kernels
