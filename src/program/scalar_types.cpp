#include "program/scalar_types.h"

#include <algorithm>
#include <array>
#include <limits>

#include "program/checked_math.h"

namespace etllm::program {
namespace {

constexpr std::array kScalarTypes = {
    ScalarTypeTraits{0, "u8", 1},
    ScalarTypeTraits{1, "i8", 1},
    ScalarTypeTraits{2, "i16", 2},
    ScalarTypeTraits{3, "i32", 4},
    ScalarTypeTraits{4, "i64", 8},
    ScalarTypeTraits{5, "f16", 2},
    ScalarTypeTraits{6, "f32", 4},
    ScalarTypeTraits{7, "f64", 8},
    ScalarTypeTraits{11, "bool", 1},
    ScalarTypeTraits{12, "qint8", 1},
    ScalarTypeTraits{13, "quint8", 1},
    ScalarTypeTraits{14, "qint32", 4},
    ScalarTypeTraits{15, "bf16", 2},
    ScalarTypeTraits{16, "quint4x2", 1},
    ScalarTypeTraits{17, "quint2x4", 1},
    ScalarTypeTraits{22, "bits16", 2},
    ScalarTypeTraits{23, "f8e5m2", 1},
    ScalarTypeTraits{24, "f8e4m3fn", 1},
    ScalarTypeTraits{25, "f8e5m2fnuz", 1},
    ScalarTypeTraits{26, "f8e4m3fnuz", 1},
    ScalarTypeTraits{27, "u16", 2},
    ScalarTypeTraits{28, "u32", 4},
    ScalarTypeTraits{29, "u64", 8},
};

}  // namespace

const ScalarTypeTraits* find_scalar_type(std::int8_t number) {
  const auto found =
      std::ranges::find(kScalarTypes, number, &ScalarTypeTraits::number);
  return found == kScalarTypes.end() ? nullptr : &*found;
}

std::optional<std::uint64_t> dense_tensor_bytes(
    const ScalarTypeTraits& type, std::span<const std::int32_t> sizes) {
  // A product that overflows before a later zero is still refused: the runtime
  // multiplies in the same order.
  std::optional<std::uint64_t> bytes = type.element_bytes;
  for (const std::int32_t size : sizes) {
    if (size < 0) return std::nullopt;
    bytes = checked_multiply(*bytes, static_cast<std::uint64_t>(size));
    if (!bytes || *bytes > std::numeric_limits<std::int64_t>::max()) {
      return std::nullopt;
    }
  }
  return bytes;
}

}  // namespace etllm::program
