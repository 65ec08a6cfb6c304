#pragma once

// Metadata values of a GGUF file. A value is a view of the mapped file; it is
// checked to lie inside the file once, and decoded when somebody asks.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "importer/gguf/byte_cursor.h"

namespace etllm::importer {

/// Types of metadata, with their numbers in the file.
enum class GgufType : std::uint32_t {
  kUint8 = 0,
  kInt8 = 1,
  kUint16 = 2,
  kInt16 = 3,
  kUint32 = 4,
  kInt32 = 5,
  kFloat32 = 6,
  kBool = 7,
  kString = 8,
  kArray = 9,
  kUint64 = 10,
  kInt64 = 11,
  kFloat64 = 12,
};

/// A scalar, a string or an array.
struct GgufValue {
  GgufType type = GgufType::kUint8;
  /// For arrays: the type of the elements and their number.
  GgufType element_type = GgufType::kUint8;
  std::uint64_t count = 1;
  /// The encoded scalar or string, or the encoded elements.
  std::span<const std::byte> payload;
};

/// Name of a type for messages ("array of strings" is the caller's work).
std::string_view gguf_type_name(GgufType type);

/// Reads one value (type number, then payload) and checks that it fits.
/// Arrays of arrays are skipped over but cannot be decoded.
Result<GgufValue> read_gguf_value(ByteCursor& cursor);

/// The value as T, or nullopt when it has another type. Integers convert
/// between widths when the number fits; integers are accepted as floats.
/// T: bool, std::int64_t, std::uint64_t, double, std::string_view, or
/// std::vector of int64_t, double or string_view.
template <typename T>
std::optional<T> decode_gguf_value(const GgufValue& value);

}  // namespace etllm::importer
