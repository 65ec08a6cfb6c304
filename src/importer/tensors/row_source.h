#pragma once

// Reads rows of a matrix as a file has them.

#include <array>
#include <cstddef>
#include <span>

#include "importer/gguf/ggml_type.h"
#include "kernels/formats/weight_format.h"

namespace etllm::importer {

/// Up to 16 rows of a matrix, wherever each of them lies.
struct RowBlock {
  std::array<const std::byte*, kernels::kRowsPerBlock> row_data;
  std::size_t rows;
  std::size_t cols;

  const std::byte* row(std::size_t index) const { return row_data[index]; }
};

/// What can be done with the rows of one element type.
struct RowSource {
  GgmlType type;
  /// The format that holds every value of the type exactly.
  kernels::WeightFormat exact_format;
  /// Writes `rows` as a block of `exact_format` without rounding anything;
  /// false when a scale is infinite or not a number. nullptr for dense types.
  bool (*pack_exact)(const RowBlock& rows,
                     const kernels::WeightBlockLayout& layout, std::byte* out);
  /// Writes the `cols` values of one row; they may be infinite or NaN.
  void (*decode_row)(const std::byte* row, std::size_t cols, float* out);
};

/// nullptr for the types that this library does not convert.
const RowSource* find_row_source(GgmlType type);

}  // namespace etllm::importer
