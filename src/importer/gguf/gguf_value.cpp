#include "importer/gguf/gguf_value.h"

#include <limits>
#include <string>

namespace etllm::importer {
namespace {

// Deeper nesting has no use, and the recursion must end somewhere.
constexpr int kMaxArrayDepth = 4;

// No vocabulary comes near; keeps a small file from asking for much memory.
constexpr std::uint64_t kMaxDecodedElements = std::uint64_t{1} << 23;

/// Bytes of a scalar; 0 for strings, arrays and numbers without a meaning.
std::size_t scalar_bytes(GgufType type) {
  switch (type) {
    case GgufType::kUint8:
    case GgufType::kInt8:
    case GgufType::kBool:
      return 1;
    case GgufType::kUint16:
    case GgufType::kInt16:
      return 2;
    case GgufType::kUint32:
    case GgufType::kInt32:
    case GgufType::kFloat32:
      return 4;
    case GgufType::kUint64:
    case GgufType::kInt64:
    case GgufType::kFloat64:
      return 8;
    case GgufType::kString:
    case GgufType::kArray:
      return 0;
  }
  return 0;
}

bool is_known(std::uint32_t type) {
  return type <= static_cast<std::uint32_t>(GgufType::kFloat64);
}

Status skip_elements(ByteCursor& cursor, GgufType type, std::uint64_t count,
                     int depth);

/// Reads an array's element type and count, and moves past its elements.
Status skip_array(ByteCursor& cursor, GgufValue& array, int depth) {
  if (depth > kMaxArrayDepth) {
    return invalid_data("arrays are nested too deeply");
  }
  const auto type = cursor.read<std::uint32_t>();
  array.count = cursor.read<std::uint64_t>();
  if (!cursor.ok()) return invalid_data("the file ends inside an array");
  if (!is_known(type)) {
    return invalid_data("an array has elements of the unknown type " +
                        std::to_string(type));
  }
  array.element_type = static_cast<GgufType>(type);
  return skip_elements(cursor, array.element_type, array.count, depth);
}

Status skip_elements(ByteCursor& cursor, GgufType type, std::uint64_t count,
                     int depth) {
  if (const std::size_t bytes = scalar_bytes(type); bytes != 0) {
    if (count > cursor.remaining() / bytes) {
      return invalid_data("an array is longer than the file");
    }
    cursor.take(count * bytes);
    return {};
  }
  // Each element takes at least its length field, so a count that lies ends
  // here after at most file size / 8 steps.
  for (std::uint64_t i = 0; i < count && cursor.ok(); ++i) {
    if (type == GgufType::kString) {
      cursor.read_string();
      continue;
    }
    GgufValue inner;
    Status status = skip_array(cursor, inner, depth + 1);
    if (!status.ok()) return status;
  }
  if (!cursor.ok()) return invalid_data("the file ends inside an array");
  return {};
}

std::optional<std::int64_t> as_signed(std::uint64_t value) {
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  if (value > static_cast<std::uint64_t>(kMax)) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

/// The next integer of `type`; nullopt when `type` is no integer or the value
/// does not fit.
std::optional<std::int64_t> next_integer(ByteCursor& cursor, GgufType type) {
  switch (type) {
    case GgufType::kUint8:
      return cursor.read<std::uint8_t>();
    case GgufType::kInt8:
      return cursor.read<std::int8_t>();
    case GgufType::kUint16:
      return cursor.read<std::uint16_t>();
    case GgufType::kInt16:
      return cursor.read<std::int16_t>();
    case GgufType::kUint32:
      return cursor.read<std::uint32_t>();
    case GgufType::kInt32:
      return cursor.read<std::int32_t>();
    case GgufType::kUint64:
      return as_signed(cursor.read<std::uint64_t>());
    case GgufType::kInt64:
      return cursor.read<std::int64_t>();
    default:
      return std::nullopt;
  }
}

std::optional<double> next_number(ByteCursor& cursor, GgufType type) {
  if (type == GgufType::kFloat32) return cursor.read<float>();
  if (type == GgufType::kFloat64) return cursor.read<double>();
  const auto integer = next_integer(cursor, type);
  if (!integer) return std::nullopt;
  return static_cast<double>(*integer);
}

std::optional<std::string_view> next_string(ByteCursor& cursor, GgufType type) {
  if (type != GgufType::kString) return std::nullopt;
  return cursor.read_string();
}

/// All elements of an array by `next`; a scalar counts as an array of one.
template <typename T, typename Next>
std::optional<std::vector<T>> decode_elements(const GgufValue& value,
                                              Next next) {
  const bool is_array = value.type == GgufType::kArray;
  const GgufType type = is_array ? value.element_type : value.type;
  if (type == GgufType::kArray || value.count > kMaxDecodedElements) {
    return std::nullopt;
  }
  ByteCursor cursor(value.payload);
  std::vector<T> elements;
  elements.reserve(value.count);
  for (std::uint64_t i = 0; i < value.count; ++i) {
    const std::optional<T> element = next(cursor, type);
    if (!element) return std::nullopt;
    elements.push_back(*element);
  }
  return elements;
}

}  // namespace

std::string_view gguf_type_name(GgufType type) {
  switch (type) {
    case GgufType::kBool:
      return "a truth value";
    case GgufType::kString:
      return "a string";
    case GgufType::kArray:
      return "an array";
    case GgufType::kFloat32:
    case GgufType::kFloat64:
      return "a floating-point number";
    default:
      return "an integer";
  }
}

Result<GgufValue> read_gguf_value(ByteCursor& cursor) {
  const auto type = cursor.read<std::uint32_t>();
  if (cursor.ok() && !is_known(type)) {
    return invalid_data("it has the unknown type " + std::to_string(type));
  }
  GgufValue value;
  value.type = static_cast<GgufType>(type);
  if (value.type == GgufType::kArray) {
    // The payload starts behind the element type and the count.
    ByteCursor start = cursor;
    start.take(sizeof(std::uint32_t) + sizeof(std::uint64_t));
    Status status = skip_array(cursor, value, 1);
    if (!status.ok()) return status;
    value.payload = start.take(cursor.position() - start.position());
    return value;
  }
  ByteCursor start = cursor;
  if (value.type == GgufType::kString) {
    cursor.read_string();
  } else {
    cursor.take(scalar_bytes(value.type));
  }
  if (!cursor.ok()) return invalid_data("the file ends inside its value");
  value.payload = start.take(cursor.position() - start.position());
  return value;
}

template <>
std::optional<bool> decode_gguf_value(const GgufValue& value) {
  if (value.type != GgufType::kBool) return std::nullopt;
  return ByteCursor(value.payload).read<std::uint8_t>() != 0;
}

template <>
std::optional<std::int64_t> decode_gguf_value(const GgufValue& value) {
  ByteCursor cursor(value.payload);
  return next_integer(cursor, value.type);
}

template <>
std::optional<std::uint64_t> decode_gguf_value(const GgufValue& value) {
  const auto integer = decode_gguf_value<std::int64_t>(value);
  if (!integer || *integer < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*integer);
}

template <>
std::optional<double> decode_gguf_value(const GgufValue& value) {
  ByteCursor cursor(value.payload);
  return next_number(cursor, value.type);
}

template <>
std::optional<std::string_view> decode_gguf_value(const GgufValue& value) {
  ByteCursor cursor(value.payload);
  return next_string(cursor, value.type);
}

template <>
std::optional<std::vector<std::int64_t>> decode_gguf_value(
    const GgufValue& value) {
  return decode_elements<std::int64_t>(value, next_integer);
}

template <>
std::optional<std::vector<double>> decode_gguf_value(const GgufValue& value) {
  return decode_elements<double>(value, next_number);
}

template <>
std::optional<std::vector<std::string_view>> decode_gguf_value(
    const GgufValue& value) {
  return decode_elements<std::string_view>(value, next_string);
}

}  // namespace etllm::importer
