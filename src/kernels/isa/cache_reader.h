#pragma once

// Elements of a KV cache as floats. Templated like multiply_quantized.h.

#include "kernels/dispatch/kernel_set.h"

namespace etllm::kernels {

/// Reads f16 or f32 from `base`, by element.
template <class Isa, bool IsHalf>
struct CacheReader {
  static typename Isa::F vector(const void* base, std::size_t element) {
    const unsigned char* at = address(base, element);
    if constexpr (IsHalf) return Isa::load_half(at);
    return Isa::load_bits(at);
  }

  static float value(const void* base, std::size_t element) {
    const unsigned char* at = address(base, element);
    if constexpr (IsHalf) {
      std::uint16_t half;
      __builtin_memcpy(&half, at, sizeof half);
      return Isa::half_to_float(half);
    }
    float single;
    __builtin_memcpy(&single, at, sizeof single);
    return single;
  }

 private:
  static const unsigned char* address(const void* base, std::size_t element) {
    return static_cast<const unsigned char*>(base) + element * (IsHalf ? 2 : 4);
  }
};

/// Where value `i` of the key of `position` is in an interleaved cache.
template <class Isa>
inline std::size_t interleaved_key(std::size_t position, std::size_t i,
                                   std::size_t head_size) {
  return (position / kPositionsPerBlock * head_size + i) * kPositionsPerBlock +
         position % kPositionsPerBlock;
}

}  // namespace etllm::kernels
