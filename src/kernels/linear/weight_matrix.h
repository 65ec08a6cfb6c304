#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "kernels/dispatch/kernel_set.h"
#include "kernels/formats/weight_format.h"

namespace etllm::kernels {

/// A view of the weights of a linear layer, in the layout of
/// formats/weight_format.h. Borrows the bytes.
class WeightMatrix {
 public:
  /// nullopt when the format is unknown or the number of bytes is not that of a
  /// `rows` x `cols` matrix. Any address will do; a multiple of 64 is fastest.
  static std::optional<WeightMatrix> view(std::span<const std::byte> bytes,
                                          std::int64_t format, std::size_t rows,
                                          std::size_t cols);

  std::size_t rows() const { return rows_; }
  std::size_t cols() const { return blocks_.cols; }
  std::size_t block_count() const {
    return (rows_ + kRowsPerBlock - 1) / kRowsPerBlock;
  }
  const WeightFormatTraits& traits() const { return *traits_; }

  /// `count` blocks from block `first` on, which is the rows `16 * first ..`;
  /// the matrix's last block may be padded.
  BlockRange blocks(std::size_t first, std::size_t count) const {
    BlockRange range = blocks_;
    range.data += first * range.block_bytes;
    range.count = count;
    return range;
  }

  /// Decodes row `row` to `out[0 .. cols)`.
  void read_row(std::size_t row, float* out) const;

 private:
  WeightMatrix() = default;

  BlockRange blocks_{};
  std::size_t rows_ = 0;
  const WeightFormatTraits* traits_ = nullptr;
};

}  // namespace etllm::kernels
