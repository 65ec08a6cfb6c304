#include "importer/tensors/row_encoder.h"

#include <bit>
#include <cstring>

#include "importer/tensors/float_bits.h"
#include "importer/tensors/quantizer.h"
#include "kernels/formats/half.h"

namespace etllm::importer {
namespace {

using kernels::kColsPerGroup;
using kernels::kRowsPerBlock;
using kernels::WeightFormat;

bool all_finite(std::span<const float> values) {
  std::uint32_t largest = 0;
  for (const float value : values) {
    const std::uint32_t bits =
        std::bit_cast<std::uint32_t>(value) & 0x7fffffffU;
    largest = bits > largest ? bits : largest;
  }
  return is_finite_f32(std::bit_cast<float>(largest));
}

/// Position of a value in a dense block, counted in values.
template <WeightFormat kFormat>
std::size_t dense_index(std::size_t row, std::size_t col) {
  if constexpr (kFormat == WeightFormat::kBF16) {
    return (col / 2 * kRowsPerBlock + row) * 2 + col % 2;
  } else {
    return col * kRowsPerBlock + row;
  }
}

float keep_f32(float value) { return value; }

template <WeightFormat kFormat, auto kConvert>
EncodeOutcome encode_dense(std::span<const float> values, std::size_t cols,
                           const kernels::WeightBlockLayout&, std::byte* out) {
  if (!all_finite(values)) return EncodeOutcome::kNotFinite;
  bool in_range = true;
  for (std::size_t row = 0; row < kRowsPerBlock; ++row) {
    for (std::size_t col = 0; col < cols; ++col) {
      const auto value = kConvert(values[row * cols + col]);
      if constexpr (kFormat == WeightFormat::kF16) {
        in_range = in_range & is_finite_f16(value);
      } else if constexpr (kFormat == WeightFormat::kBF16) {
        in_range = in_range & is_finite_f32(bf16_to_float(value));
      }
      std::memcpy(out + dense_index<kFormat>(row, col) * sizeof(value), &value,
                  sizeof(value));
    }
  }
  return in_range ? EncodeOutcome::kOk : EncodeOutcome::kOutOfRange;
}

/// Columns 32 * group .. 32 * group + 31 of all rows, column after column.
void fill_tile(std::span<const float> values, std::size_t cols,
               std::size_t group, float* tile) {
  for (std::size_t row = 0; row < kRowsPerBlock; ++row) {
    const float* from = values.data() + row * cols + group * kColsPerGroup;
    for (std::size_t col = 0; col < kColsPerGroup; ++col) {
      tile[col * kRowsPerBlock + row] = from[col];
    }
  }
}

/// Rounds the scales to f16 and writes them; `factors` becomes what values are
/// multiplied by. False when one is too large.
bool store_scales(const float* scales, std::byte* out, float* factors) {
  bool in_range = true;
  std::uint16_t halves[kRowsPerBlock];
  for (std::size_t row = 0; row < kRowsPerBlock; ++row) {
    halves[row] = kernels::float_to_half(scales[row]);
    in_range = in_range & is_finite_f16(halves[row]);
    const float step = kernels::half_to_float(halves[row]);
    factors[row] = step == 0 ? 0 : 1 / step;
  }
  std::memcpy(out, halves, sizeof halves);
  return in_range;
}

template <std::size_t kBits, QuantizerBits Quantizer::*kQuantizer>
EncodeOutcome encode_quantized(std::span<const float> values, std::size_t cols,
                               const kernels::WeightBlockLayout& layout,
                               std::byte* out) {
  if (!all_finite(values)) return EncodeOutcome::kNotFinite;
  const QuantizerBits& quantizer = quantizers().front()->*kQuantizer;
  alignas(64) float tile[kTileValues];
  alignas(64) float scales[kRowsPerBlock];
  alignas(64) float factors[kRowsPerBlock];
  bool in_range = true;
  for (std::size_t group = 0; group < cols / kColsPerGroup; ++group) {
    fill_tile(values, cols, group, tile);
    quantizer.find_scales(tile, scales);
    in_range &= store_scales(
        scales, out + group * kRowsPerBlock * sizeof(std::uint16_t), factors);
    quantizer.round(
        tile, factors,
        out + layout.quants_offset + group * kTileValues * kBits / 8);
  }
  return in_range ? EncodeOutcome::kOk : EncodeOutcome::kOutOfRange;
}

}  // namespace

EncodeBlock find_block_encoder(WeightFormat format) {
  switch (format) {
    case WeightFormat::kF32:
      return &encode_dense<WeightFormat::kF32, keep_f32>;
    case WeightFormat::kF16:
      return &encode_dense<WeightFormat::kF16, kernels::float_to_half>;
    case WeightFormat::kBF16:
      return &encode_dense<WeightFormat::kBF16, float_to_bf16>;
    case WeightFormat::kQ8:
      return &encode_quantized<8, &Quantizer::q8>;
    case WeightFormat::kQ4:
      return &encode_quantized<4, &Quantizer::q4>;
    default:
      return nullptr;
  }
}

}  // namespace etllm::importer
