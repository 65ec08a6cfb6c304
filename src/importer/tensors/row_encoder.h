#pragma once

// Writes rows of floats as a block of one of the formats that values can be
// rounded to.

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/formats/weight_format.h"

namespace etllm::importer {

/// What became of a block.
enum class EncodeOutcome : std::uint8_t {
  kOk,
  kNotFinite,   ///< A value is infinite or not a number.
  kOutOfRange,  ///< A value is too large for the format.
};

/// Encodes 16 rows of `cols` floats each, row after row. `out` is one block of
/// the format, filled with zeros.
using EncodeBlock = EncodeOutcome (*)(std::span<const float> values,
                                      std::size_t cols,
                                      const kernels::WeightBlockLayout& layout,
                                      std::byte* out);

/// The encoder of a format; nullptr for formats that only hold what a GGUF
/// file has already quantized.
EncodeBlock find_block_encoder(kernels::WeightFormat format);

}  // namespace etllm::importer
