#include "kernels/formats/weight_format.h"

#include <array>
#include <utility>

namespace etllm::kernels {
namespace {

using Entry = std::pair<WeightFormat, WeightFormatTraits>;

constexpr std::array kFormats = {
    // format, {name, bits, dense, minimum, scale bytes, parts, zero point}
    Entry{WeightFormat::kF32, {"f32", 32, true, false, 0, 0, 0}},
    Entry{WeightFormat::kF16, {"f16", 16, true, false, 0, 0, 0}},
    Entry{WeightFormat::kBF16, {"bf16", 16, true, false, 0, 0, 0}},
    Entry{WeightFormat::kQ4, {"q4", 4, false, false, 2, 1, 8}},
    Entry{WeightFormat::kQ4Min, {"q4_min", 4, false, true, 2, 1, 0}},
    Entry{WeightFormat::kQ4MinF32, {"q4_min_f32", 4, false, true, 4, 1, 0}},
    Entry{WeightFormat::kQ8, {"q8", 8, false, false, 2, 1, 128}},
    Entry{WeightFormat::kQ8Min, {"q8_min", 8, false, true, 2, 1, 0}},
    Entry{WeightFormat::kQ8MinF32, {"q8_min_f32", 8, false, true, 4, 1, 0}},
    Entry{WeightFormat::kQ8HalfF32,
          {"q8_half_f32", 8, false, false, 4, 2, 128}},
};

// Matrices beyond this many elements in a row or column do not exist; the
// bound keeps every product below 2^64.
constexpr std::size_t kMaxExtent = std::size_t{1} << 31;

constexpr std::size_t align_up(std::size_t bytes) {
  return (bytes + kWeightAlignment - 1) / kWeightAlignment * kWeightAlignment;
}

WeightBlockLayout dense_layout(const WeightFormatTraits& traits,
                               WeightFormat format, std::size_t cols) {
  const std::size_t stored =
      format == WeightFormat::kBF16 ? (cols + 1) / 2 * 2 : cols;
  const auto value_bytes = static_cast<std::size_t>(traits.bits) / 8;
  return {0, 0, align_up(stored * kRowsPerBlock * value_bytes)};
}

WeightBlockLayout quantized_layout(const WeightFormatTraits& traits,
                                   std::size_t cols) {
  const std::size_t groups = cols / kColsPerGroup;
  const auto scale_bytes = static_cast<std::size_t>(traits.scale_bytes);
  const auto parts = static_cast<std::size_t>(traits.scale_parts);
  const std::size_t scales =
      align_up(groups * parts * kRowsPerBlock * scale_bytes);
  const std::size_t minimums =
      traits.has_minimum ? align_up(groups * kRowsPerBlock * scale_bytes) : 0;
  const std::size_t quants = groups * kRowsPerBlock * kColsPerGroup *
                             static_cast<std::size_t>(traits.bits) / 8;
  return {scales, scales + minimums, scales + minimums + quants};
}

}  // namespace

const WeightFormatTraits* find_weight_format(std::int64_t format) {
  for (const Entry& entry : kFormats) {
    if (static_cast<std::int64_t>(entry.first) == format) return &entry.second;
  }
  return nullptr;
}

std::optional<WeightBlockLayout> weight_block_layout(std::int64_t format,
                                                     std::size_t cols) {
  const WeightFormatTraits* traits = find_weight_format(format);
  if (traits == nullptr || cols == 0 || cols > kMaxExtent) return std::nullopt;
  if (traits->is_dense) {
    return dense_layout(*traits, static_cast<WeightFormat>(format), cols);
  }
  if (cols % kColsPerGroup != 0) return std::nullopt;
  return quantized_layout(*traits, cols);
}

std::optional<std::size_t> weight_bytes(std::int64_t format, std::size_t rows,
                                        std::size_t cols) {
  const auto layout = weight_block_layout(format, cols);
  if (!layout || rows == 0 || rows > kMaxExtent) return std::nullopt;
  const std::size_t blocks = (rows + kRowsPerBlock - 1) / kRowsPerBlock;
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(blocks, layout->block_bytes, &bytes)) {
    return std::nullopt;
  }
  return bytes;
}

}  // namespace etllm::kernels
