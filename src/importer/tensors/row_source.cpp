#include "importer/tensors/row_source.h"

#include <array>
#include <type_traits>

#include "importer/tensors/float_bits.h"
#include "importer/tensors/ggml_blocks.h"
#include "importer/tensors/interleaved_block.h"
#include "kernels/formats/half.h"

namespace etllm::importer {
namespace {

using kernels::kColsPerGroup;
using kernels::WeightFormat;

float scale_to_f32(std::uint16_t scale) {
  return kernels::half_to_float(scale);
}
float scale_to_f32(float scale) { return scale; }
bool is_finite(std::uint16_t scale) { return is_finite_f16(scale); }
bool is_finite(float scale) { return is_finite_f32(scale); }

template <typename Block>
bool has_finite_scales(const QuantGroup<typename Block::Scale>& group) {
  using Shape = FormatShape<Block::kFormat>;
  bool finite = is_finite(group.scale[0]);
  if constexpr (Shape::kParts == 2)
    finite = finite && is_finite(group.scale[1]);
  if constexpr (Shape::kHasMinimum) finite = finite && is_finite(group.minimum);
  return finite;
}

template <typename Block>
bool pack_exact(const RowBlock& rows, const kernels::WeightBlockLayout& layout,
                std::byte* out) {
  using Scale = typename Block::Scale;
  InterleavedBlock<Block::kFormat, Scale> block(out, layout);
  const std::size_t groups = rows.cols / kColsPerGroup;
  bool finite = true;
  // Groups outside, rows inside: the output is written front to back.
  for (std::size_t group = 0; group < groups; ++group) {
    const std::size_t offset = group / Block::kGroups * Block::kBlockBytes;
    for (std::size_t row = 0; row < rows.rows; ++row) {
      QuantGroup<Scale> values;
      Block::unpack(rows.row(row) + offset, group % Block::kGroups, values);
      finite = finite && has_finite_scales<Block>(values);
      block.put(group, row, values);
    }
  }
  return finite;
}

template <typename Block>
void decode_quantized_row(const std::byte* row, std::size_t cols, float* out) {
  using Shape = FormatShape<Block::kFormat>;
  for (std::size_t group = 0; group < cols / kColsPerGroup; ++group) {
    QuantGroup<typename Block::Scale> values;
    Block::unpack(row + group / Block::kGroups * Block::kBlockBytes,
                  group % Block::kGroups, values);
    for (std::size_t i = 0; i < kColsPerGroup; ++i) {
      const std::size_t part = Shape::kParts == 2 ? i / 16 : 0;
      const float scaled =
          scale_to_f32(values.scale[part]) *
          static_cast<float>(values.quants[i] - Shape::kZeroPoint);
      if constexpr (Shape::kHasMinimum) {
        out[i] = scaled + scale_to_f32(values.minimum);
      } else {
        out[i] = scaled;
      }
    }
    out += kColsPerGroup;
  }
}

template <typename Value, float (*kToFloat)(Value)>
void decode_dense_row(const std::byte* row, std::size_t cols, float* out) {
  for (std::size_t i = 0; i < cols; ++i) {
    Value value;
    std::memcpy(&value, row + i * sizeof(Value), sizeof(Value));
    out[i] = kToFloat(value);
  }
}

float identity(float value) { return value; }

template <typename Block>
constexpr RowSource quantized_source() {
  return {Block::kType, Block::kFormat, &pack_exact<Block>,
          &decode_quantized_row<Block>};
}

constexpr std::array kSources = {
    RowSource{GgmlType::kF32, WeightFormat::kF32, nullptr,
              &decode_dense_row<float, identity>},
    RowSource{GgmlType::kF16, WeightFormat::kF16, nullptr,
              &decode_dense_row<std::uint16_t, kernels::half_to_float>},
    RowSource{GgmlType::kBF16, WeightFormat::kBF16, nullptr,
              &decode_dense_row<std::uint16_t, bf16_to_float>},
    // bf16 has at least as many bits of exponent and mantissa.
    RowSource{GgmlType::kF8E4M3, WeightFormat::kBF16, nullptr,
              &decode_dense_row<std::uint8_t, f8_e4m3_to_float>},
    RowSource{GgmlType::kF8E5M2, WeightFormat::kBF16, nullptr,
              &decode_dense_row<std::uint8_t, f8_e5m2_to_float>},
    quantized_source<Q4_0Block>(),
    quantized_source<Q4_1Block>(),
    quantized_source<Q5_0Block>(),
    quantized_source<Q5_1Block>(),
    quantized_source<Q8_0Block>(),
    quantized_source<Q4_KBlock>(),
    quantized_source<Q5_KBlock>(),
    quantized_source<Q6_KBlock>(),
};

}  // namespace

const RowSource* find_row_source(GgmlType type) {
  for (const RowSource& source : kSources) {
    if (source.type == type) return &source;
  }
  return nullptr;
}

}  // namespace etllm::importer
