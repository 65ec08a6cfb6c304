#pragma once

// The element types of tensors: numbers, names and block sizes. The numbers are
// those of GGUF files.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace etllm::importer {

/// The types this library converts, with their numbers in a GGUF file. Other
/// numbers exist; see `find_ggml_type`. The last two are those of safetensors
/// files, and no GGUF file can name them.
enum class GgmlType : std::uint32_t {
  kF32 = 0,
  kF16 = 1,
  kQ4_0 = 2,
  kQ4_1 = 3,
  kQ5_0 = 6,
  kQ5_1 = 7,
  kQ8_0 = 8,
  kQ4_K = 12,
  kQ5_K = 13,
  kQ6_K = 14,
  kBF16 = 30,
  kF8E4M3 = 0xf8e40000,  ///< 4 bits of exponent, no infinities.
  kF8E5M2 = 0xf8e50000,
};

/// A type packs `block_values` consecutive values of a row in `block_bytes`.
struct GgmlTypeTraits {
  std::uint32_t number;
  std::string_view name;
  std::uint32_t block_values;
  std::uint32_t block_bytes;
};

/// The traits of every type that a GGUF file may hold, converted by us or not;
/// nullptr for a number that has no meaning.
const GgmlTypeTraits* find_ggml_type(std::uint32_t number);

/// The traits of one of the types above.
const GgmlTypeTraits& element_traits(GgmlType type);

/// Name for messages; "type 77" has no name and gives "unknown".
std::string_view ggml_type_name(GgmlType type);

/// Bytes of a tensor of `rows` rows with `cols` values each; nullopt when the
/// row is no whole number of blocks or the product overflows.
std::optional<std::uint64_t> ggml_tensor_bytes(const GgmlTypeTraits& traits,
                                               std::uint64_t rows,
                                               std::uint64_t cols);

}  // namespace etllm::importer
