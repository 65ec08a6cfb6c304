#include "importer/tensors/row_encoder.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "importer/tensors/float_bits.h"
#include "importer/tensors/interleaved_block.h"
#include "kernels/formats/half.h"

namespace etllm::importer {
namespace {

using kernels::kColsPerGroup;
using kernels::kRowsPerBlock;
using kernels::WeightFormat;
using Group = QuantGroup<std::uint16_t>;

bool all_finite(std::span<const float> values) {
  bool finite = true;
  for (const float value : values) finite = finite & is_finite_f32(value);
  return finite;
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

/// The value of largest magnitude, with its sign.
float extreme_of(std::span<const float> values) {
  float extreme = 0;
  for (const float value : values) {
    if (std::fabs(value) > std::fabs(extreme)) extreme = value;
  }
  return extreme;
}

/// Rounds the values to multiples of `scale`, with zero at `kZero`, within
/// `kLowest` .. `kHighest`; returns the sum of the squared errors.
template <int kZero, int kLowest, int kHighest>
float quantize(std::span<const float> values, std::uint16_t scale,
               std::uint8_t* quants) {
  const float step = kernels::half_to_float(scale);
  const float inverse = step == 0 ? 0 : 1 / step;
  float error = 0;
  for (std::size_t i = 0; i < kColsPerGroup; ++i) {
    const float quant =
        std::clamp(std::nearbyint(values[i] * inverse),
                   static_cast<float>(kLowest), static_cast<float>(kHighest));
    const float difference = values[i] - quant * step;
    error += difference * difference;
    quants[i] = static_cast<std::uint8_t>(static_cast<int>(quant) + kZero);
  }
  return error;
}

void quantize_q8(std::span<const float> values, Group& out) {
  out.scale[0] = kernels::float_to_half(std::fabs(extreme_of(values)) / 127);
  quantize<128, -127, 127>(values, out.scale[0], out.quants);
}

/// The extreme value takes -8, the end of the range that has one more step,
/// or a little more or less than it: whatever loses least.
void quantize_q4(std::span<const float> values, Group& out) {
  constexpr float kDivisors[] = {-8.0F, -7.0F, -7.5F, -8.5F, -9.0F};
  const float extreme = extreme_of(values);
  float least_error = 0;
  for (const float divisor : kDivisors) {
    Group candidate{};
    candidate.scale[0] = kernels::float_to_half(extreme / divisor);
    const float error =
        quantize<8, -8, 7>(values, candidate.scale[0], candidate.quants);
    if (divisor == kDivisors[0] || error < least_error) {
      least_error = error;
      out = candidate;
    }
  }
}

template <WeightFormat kFormat,
          void (*kQuantize)(std::span<const float>, Group&)>
EncodeOutcome encode_quantized(std::span<const float> values, std::size_t cols,
                               const kernels::WeightBlockLayout& layout,
                               std::byte* out) {
  if (!all_finite(values)) return EncodeOutcome::kNotFinite;
  InterleavedBlock<kFormat, std::uint16_t> block(out, layout);
  bool in_range = true;
  for (std::size_t row = 0; row < kRowsPerBlock; ++row) {
    const auto row_values = values.subspan(row * cols, cols);
    for (std::size_t group = 0; group < cols / kColsPerGroup; ++group) {
      Group quantized{};
      kQuantize(row_values.subspan(group * kColsPerGroup, kColsPerGroup),
                quantized);
      in_range = in_range && is_finite_f16(quantized.scale[0]);
      block.put(group, row, quantized);
    }
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
      return &encode_quantized<WeightFormat::kQ8, quantize_q8>;
    case WeightFormat::kQ4:
      return &encode_quantized<WeightFormat::kQ4, quantize_q4>;
    default:
      return nullptr;
  }
}

}  // namespace etllm::importer
