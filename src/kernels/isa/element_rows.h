#pragma once

// Rows of any element type to floats and back. Templated like
// multiply_quantized.h.

#include "kernels/isa/elementwise.h"

namespace etllm::kernels {

template <class Isa>
void half_to_floats(const unsigned char* source, std::size_t size, float* out) {
  std::size_t i = 0;
  for (; i + Isa::kLanes <= size; i += Isa::kLanes) {
    Isa::store(out + i, Isa::load_half(source + 2 * i));
  }
  for (; i < size; ++i) {
    std::uint16_t half;
    __builtin_memcpy(&half, source + 2 * i, sizeof half);
    out[i] = Isa::half_to_float(half);
  }
}

template <class Isa>
void bfloat16_to_floats(const unsigned char* source, std::size_t size,
                        float* out) {
  for (std::size_t i = 0; i < size; ++i) {
    std::uint16_t upper;
    __builtin_memcpy(&upper, source + 2 * i, sizeof upper);
    const std::uint32_t bits = std::uint32_t{upper} << 16;
    __builtin_memcpy(out + i, &bits, sizeof bits);
  }
}

/// `size` elements of a row, from element `first` on. `parameter` is the index
/// of the scale and the zero point of quantized ones.
template <class Isa>
void read_elements(const ElementRows& rows, std::size_t first,
                   std::size_t parameter, std::size_t size, float* out) {
  const auto* bytes = static_cast<const unsigned char*>(rows.data);
  switch (rows.type) {
    case ElementType::kFloat:
      __builtin_memcpy(out, bytes + 4 * first, 4 * size);
      return;
    case ElementType::kHalf:
      half_to_floats<Isa>(bytes + 2 * first, size, out);
      return;
    case ElementType::kBFloat16:
      bfloat16_to_floats<Isa>(bytes + 2 * first, size, out);
      return;
    case ElementType::kInt8: {
      const auto* values = reinterpret_cast<const std::int8_t*>(bytes) + first;
      const float scale = rows.scales[parameter];
      const auto zero = static_cast<float>(rows.zeros[parameter]);
      for (std::size_t i = 0; i < size; ++i) {
        out[i] = (static_cast<float>(values[i]) - zero) * scale;
      }
      return;
    }
  }
}

/// Rounds to nearest, ties to even; NaN stays NaN.
template <class Isa>
void floats_to_bfloat16(const float* source, std::size_t size,
                        unsigned char* out) {
  for (std::size_t i = 0; i < size; ++i) {
    std::uint32_t bits;
    __builtin_memcpy(&bits, source + i, sizeof bits);
    const bool is_nan = (bits & 0x7fffffffu) > 0x7f800000u;
    const std::uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    const auto upper =
        static_cast<std::uint16_t>(is_nan ? (bits >> 16) | 0x40u : rounded);
    __builtin_memcpy(out + 2 * i, &upper, sizeof upper);
  }
}

/// The opposite of `read_elements`, for floating point types.
template <class Isa>
void write_elements(const float* source, std::size_t size, ElementType type,
                    void* out, std::size_t first) {
  auto* bytes = static_cast<unsigned char*>(out);
  if (type == ElementType::kHalf) {
    convert_to_half<Isa>(source, size,
                         static_cast<std::uint16_t*>(out) + first);
  } else if (type == ElementType::kBFloat16) {
    floats_to_bfloat16<Isa>(source, size, bytes + 2 * first);
  } else {
    __builtin_memcpy(bytes + 4 * first, source, 4 * size);
  }
}

}  // namespace etllm::kernels
