#pragma once

// Arithmetic on sizes that come from outside: every overflow is an absent
// value, never a small number.

#include <cstdint>
#include <optional>

namespace etllm::program {

/// a + b, or nullopt when it does not fit.
inline std::optional<std::uint64_t> checked_add(std::uint64_t a,
                                                std::uint64_t b) {
  std::uint64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

/// a * b, or nullopt when it does not fit.
inline std::optional<std::uint64_t> checked_multiply(std::uint64_t a,
                                                     std::uint64_t b) {
  std::uint64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

/// `value` rounded up to a multiple of `alignment`, a power of two.
inline std::optional<std::uint64_t> checked_align(std::uint64_t value,
                                                  std::uint64_t alignment) {
  const std::optional<std::uint64_t> raised = checked_add(value, alignment - 1);
  if (!raised) return std::nullopt;
  return *raised & ~(alignment - 1);
}

/// Whether the range of `size` bytes at `offset` ends within `limit` bytes.
inline bool fits_within(std::uint64_t offset, std::uint64_t size,
                        std::uint64_t limit) {
  return offset <= limit && size <= limit - offset;
}

}  // namespace etllm::program
