#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tokenizers::pipeline {

/// The number that stands at `at`; four bytes must be there.
inline std::uint32_t read_u32(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i > 0; --i) {
    value = value << 8U | static_cast<unsigned char>(bytes[at + i - 1]);
  }
  return value;
}

}  // namespace tokenizers::pipeline
