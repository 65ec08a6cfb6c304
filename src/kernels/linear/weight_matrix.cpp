#include "kernels/linear/weight_matrix.h"

#include <bit>
#include <cstring>

#include "kernels/formats/half.h"

namespace etllm::kernels {
namespace {

template <class T>
T read(const unsigned char* bytes, std::size_t index) {
  T value;
  std::memcpy(&value, bytes + index * sizeof(T), sizeof(T));
  return value;
}

float read_dense(const BlockRange& block, std::size_t lane, std::size_t col) {
  const std::size_t at = col * kRowsPerBlock + lane;
  switch (static_cast<WeightFormat>(block.format)) {
    case WeightFormat::kF32:
      return read<float>(block.data, at);
    case WeightFormat::kF16:
      return half_to_float(read<std::uint16_t>(block.data, at));
    default: {
      const std::size_t pair = (col / 2 * kRowsPerBlock + lane) * 2 + col % 2;
      const std::uint32_t bits = read<std::uint16_t>(block.data, pair);
      return std::bit_cast<float>(bits << 16);
    }
  }
}

float read_scale(const WeightFormatTraits& traits, const unsigned char* values,
                 std::size_t index) {
  return traits.scale_bytes == 2
             ? half_to_float(read<std::uint16_t>(values, index))
             : read<float>(values, index);
}

/// Decodes the 32 columns of one group.
void read_group(const BlockRange& block, const WeightFormatTraits& traits,
                std::size_t lane, std::size_t group, float* out) {
  const auto group_bytes =
      kRowsPerBlock * kColsPerGroup * static_cast<std::size_t>(traits.bits) / 8;
  const unsigned char* quants =
      block.data + block.quants_offset + group * group_bytes;
  const float minimum =
      traits.has_minimum
          ? read_scale(traits, block.data + block.minimums_offset,
                       group * kRowsPerBlock + lane)
          : 0.0f;
  const auto parts = static_cast<std::size_t>(traits.scale_parts);
  for (std::size_t c = 0; c < kColsPerGroup; ++c) {
    const std::size_t part = c * parts / kColsPerGroup;
    const float scale = read_scale(
        traits, block.data, (group * parts + part) * kRowsPerBlock + lane);
    const bool is_nibble = traits.bits == 4;
    const std::size_t column = is_nibble ? c % 16 : c;
    const int byte = quants[column / 4 * 64 + lane * 4 + column % 4];
    const int q = !is_nibble ? byte : c < 16 ? byte & 15 : byte >> 4;
    out[c] = scale * static_cast<float>(q - traits.zero_point) + minimum;
  }
}

}  // namespace

std::optional<WeightMatrix> WeightMatrix::view(std::span<const std::byte> bytes,
                                               std::int64_t format,
                                               std::size_t rows,
                                               std::size_t cols) {
  const auto size = weight_bytes(format, rows, cols);
  const auto layout = weight_block_layout(format, cols);
  if (!size || !layout || *size != bytes.size()) return std::nullopt;
  WeightMatrix matrix;
  matrix.blocks_ = {
      .data = reinterpret_cast<const unsigned char*>(bytes.data()),
      .count = (rows + kRowsPerBlock - 1) / kRowsPerBlock,
      .block_bytes = layout->block_bytes,
      .format = static_cast<std::int32_t>(format),
      .cols = cols,
      .minimums_offset = layout->minimums_offset,
      .quants_offset = layout->quants_offset,
  };
  matrix.rows_ = rows;
  matrix.traits_ = find_weight_format(format);
  return matrix;
}

void WeightMatrix::read_row(std::size_t row, float* out) const {
  const BlockRange view = blocks(row / kRowsPerBlock, 1);
  const std::size_t lane = row % kRowsPerBlock;
  if (traits_->is_dense) {
    for (std::size_t c = 0; c < cols(); ++c) {
      out[c] = read_dense(view, lane, c);
    }
    return;
  }
  for (std::size_t g = 0; g < cols() / kColsPerGroup; ++g) {
    read_group(view, *traits_, lane, g, out + g * kColsPerGroup);
  }
}

}  // namespace etllm::kernels
