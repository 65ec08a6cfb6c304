#pragma once

// Reads little-endian values from a span, front to back, and never past its
// end: after the first read that does not fit, `ok()` is false and every
// further read gives zero.

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace etllm::importer {

static_assert(std::endian::native == std::endian::little,
              "GGUF files are read in place");

/// Cheap to copy; borrows the bytes.
class ByteCursor {
 public:
  explicit ByteCursor(std::span<const std::byte> bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  std::size_t position() const { return position_; }
  std::size_t remaining() const { return bytes_.size() - position_; }

  /// The next `count` bytes, or an empty span at the end.
  std::span<const std::byte> take(std::uint64_t count) {
    if (!ok_ || count > remaining()) {
      ok_ = false;
      return {};
    }
    const auto part = bytes_.subspan(position_, count);
    position_ += count;
    return part;
  }

  /// The next number, whatever its alignment in the file.
  template <typename T>
  requires std::integral<T> || std::floating_point<T> T read() {
    const auto part = take(sizeof(T));
    T value{};
    if (ok_) std::memcpy(&value, part.data(), sizeof(T));
    return value;
  }

  /// A string as GGUF writes it: 64-bit length, then the bytes.
  std::string_view read_string() {
    const auto part = take(read<std::uint64_t>());
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }

 private:
  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
  bool ok_ = true;
};

}  // namespace etllm::importer
