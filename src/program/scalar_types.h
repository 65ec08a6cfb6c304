#pragma once

// The element types that ExecuTorch programs may contain: their numbers, names
// and sizes.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace etllm::program {

struct ScalarTypeTraits {
  std::int8_t number;
  std::string_view name;  ///< As `inspect` prints it, such as "f32".
  std::uint64_t element_bytes;
};

/// nullptr when ExecuTorch has no tensors of this type.
const ScalarTypeTraits* find_scalar_type(std::int8_t number);

/// Bytes of a dense tensor; nullopt when a size is negative or the product
/// does not fit into 63 bits.
std::optional<std::uint64_t> dense_tensor_bytes(
    const ScalarTypeTraits& type, std::span<const std::int32_t> sizes);

}  // namespace etllm::program
