#pragma once

// How the matrix of a linear layer lies in a `.pte`: the names, sizes and
// layout of the weight formats. The importer writes them, the kernels read
// them in place; `docs/formats.md` draws them byte by byte.
//
// A matrix has `rows` output features and `cols` input features. Rows are
// taken in blocks of 16 (one lane each of the widest vector; the last block is
// padded with zero weights), and a block is contiguous, so that a thread that
// owns a block reads one stream.
//
// Quantized formats cut the columns of a block into groups of 32 and store
//
//     scales   [groups][parts][16]   f16 or f32
//     minimums [groups][16]          same type, only where the format has them
//     quants   [groups][16 * 32 * bits / 8 bytes]
//
// each of the three padded to a multiple of 64 bytes. `parts` is 2 where each
// half of a group (16 columns) has its own scale, else 1. A weight is
//
//     w = scale * (q - zero) + minimum
//
// with `zero` = 8 for 4-bit without minimum, 128 for 8-bit without minimum,
// and 0 with a minimum; `q` is unsigned.
//
// The quants of a group, column c (0..31) and row r (0..15) of the block:
//     8 bits: byte  (c / 4) * 64 + r * 4 + c % 4
//     4 bits: byte  ((c % 16) / 4) * 64 + r * 4 + c % 4,
//             low nibble for c < 16, high nibble for c >= 16
// so one 64-byte load gives four columns of all 16 rows, as the dot-product
// instructions want them.
//
// Dense formats store, per block, [cols][16] f32 or f16; bf16 stores column
// pairs, [cols / 2 rounded up][16][2], padded with zeros.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace etllm::kernels {

/// The numbers are written into programs: never renumber.
enum class WeightFormat : std::int32_t {
  kF32 = 0,
  kF16 = 1,
  kBF16 = 2,
  kQ4 = 16,         ///< 4 bits, f16 scale. Holds Q4_0.
  kQ4Min = 17,      ///< 4 bits, f16 scale and minimum. Holds Q4_1.
  kQ4MinF32 = 18,   ///< 4 bits, f32 scale and minimum. Holds Q4_K.
  kQ8 = 32,         ///< 8 bits, f16 scale. Holds Q8_0 and Q5_0.
  kQ8Min = 33,      ///< 8 bits, f16 scale and minimum. Holds Q5_1.
  kQ8MinF32 = 34,   ///< 8 bits, f32 scale and minimum. Holds Q5_K.
  kQ8HalfF32 = 35,  ///< 8 bits, f32 scale per 16 columns. Holds Q6_K.
};

inline constexpr std::size_t kRowsPerBlock = 16;
inline constexpr std::size_t kColsPerGroup = 32;
inline constexpr std::size_t kWeightAlignment = 64;

/// What tells the formats apart.
struct WeightFormatTraits {
  std::string_view name;  ///< As `etllm inspect` prints it.
  int bits;               ///< Per quant, or per value of a dense format.
  bool is_dense;
  bool has_minimum;
  int scale_bytes;  ///< 2 (f16) or 4 (f32); 0 for dense formats.
  int scale_parts;  ///< Scales per row and group: 1 or 2.
  int zero_point;   ///< Subtracted from the quant before scaling.
};

/// nullptr when `format` is not one of the enumerators: a program is a file,
/// and a file can hold any number.
const WeightFormatTraits* find_weight_format(std::int64_t format);

/// Where the parts of one block of 16 rows lie, in bytes from its start.
struct WeightBlockLayout {
  std::size_t minimums_offset;
  std::size_t quants_offset;
  std::size_t block_bytes;
};

/// Layout of one block of a matrix with `cols` columns; nullopt when the
/// format is unknown, the sizes overflow, or a quantized format is asked to
/// hold a number of columns that is not a positive multiple of 32.
std::optional<WeightBlockLayout> weight_block_layout(std::int64_t format,
                                                     std::size_t cols);

/// Bytes of a whole matrix; nullopt as above, or when `rows` is 0.
std::optional<std::size_t> weight_bytes(std::int64_t format, std::size_t rows,
                                        std::size_t cols);

}  // namespace etllm::kernels
