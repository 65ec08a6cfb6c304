#pragma once

// A matrix as the program wants it, seen in a tensor that may hold more than
// that, or hold it in another order: one of several matrices that are fused, a
// matrix stored with rows and columns exchanged, rotated rows that are
// neighbours where the program wants them half a head apart.

#include <cstdint>

#include "importer/source/model_source.h"

namespace etllm::importer {

/// Which rows of a tensor, in which order: runs of rows at equal distances.
/// Also the elements of a vector, which count as rows of one value.
struct RowOrder {
  std::uint64_t first = 0;
  std::uint64_t run = 0;       ///< Neighbouring rows; 0: all of them are.
  std::uint64_t distance = 0;  ///< From one run's first row to the next one's.
  /// Not 0: in each head of so many rows, the first `paired` ones are pairs of
  /// neighbours, and are taken apart: the first ones of all pairs, then the
  /// second ones.
  std::uint64_t head = 0;
  std::uint64_t paired = 0;

  /// The row of the tensor that is row `row` here.
  std::uint64_t source_row(std::uint64_t row) const {
    if (head != 0 && row % head < paired) {
      const std::uint64_t within = row % head;
      const std::uint64_t half = paired / 2;
      row -= within;
      row += within < half ? 2 * within : 2 * (within - half) + 1;
    }
    if (run == 0) return first + row;
    return first + row / run * distance + row % run;
  }
  /// Whether the rows are neighbours in the tensor, in its order.
  bool is_plain() const { return run == 0 && head == 0; }
};

/// Borrows the tensor. Whoever makes one has checked that every row is there.
struct MatrixView {
  const SourceTensor* tensor = nullptr;
  std::uint64_t rows = 0;
  std::uint64_t cols = 0;
  RowOrder order;
  /// The tensor has our columns as rows.
  bool is_transposed = false;

  explicit operator bool() const { return tensor != nullptr; }
};

}  // namespace etllm::importer
