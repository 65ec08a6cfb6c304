#pragma once

// Elements of a KV cache as floats, and floats as its bytes. Templated like
// multiply_quantized.h.

#include "kernels/dispatch/kernel_set.h"

namespace etllm::kernels {

/// Reads elements of a type from `base`; bytes without their scales.
template <class Isa, CacheType Type>
struct CacheReader {
  static typename Isa::F vector(const void* base, std::size_t element) {
    const unsigned char* at = address(base, element);
    if constexpr (Type == CacheType::kHalf) return Isa::load_half(at);
    if constexpr (Type == CacheType::kBytes) return Isa::load_signed_bytes(at);
    return Isa::load_bits(at);
  }

  static float value(const void* base, std::size_t element) {
    const unsigned char* at = address(base, element);
    if constexpr (Type == CacheType::kHalf) {
      std::uint16_t half;
      __builtin_memcpy(&half, at, sizeof half);
      return Isa::half_to_float(half);
    }
    if constexpr (Type == CacheType::kBytes) {
      return static_cast<float>(static_cast<signed char>(*at));
    }
    float single;
    __builtin_memcpy(&single, at, sizeof single);
    return single;
  }

  /// Fetches the line `ahead` elements behind `element`, if one begins there.
  static void prefetch(const void* base, std::size_t element,
                       std::size_t ahead) {
    constexpr std::size_t kLine = 64;
    if (element * kBytesEach % kLine != 0) return;
    __builtin_prefetch(address(base, element + ahead), 0, 2);
  }

 private:
  static constexpr std::size_t kBytesEach = Type == CacheType::kBytes  ? 1
                                            : Type == CacheType::kHalf ? 2
                                                                       : 4;

  static const unsigned char* address(const void* base, std::size_t element) {
    return static_cast<const unsigned char*>(base) + element * kBytesEach;
  }
};

/// Where value `i` of the key of `position` is in an interleaved cache.
template <class Isa>
inline std::size_t interleaved_key(std::size_t position, std::size_t i,
                                   std::size_t head_size) {
  return (position / kPositionsPerBlock * head_size + i) * kPositionsPerBlock +
         position % kPositionsPerBlock;
}

template <class Isa>
float convert_to_bytes(const float* x, std::size_t size, std::int8_t* out) {
  using F = typename Isa::F;
  const std::size_t whole = size / Isa::kLanes * Isa::kLanes;
  float tail[Isa::kLanes] = {};
  __builtin_memcpy(tail, x + whole, (size - whole) * sizeof(float));
  const F last = Isa::load(tail);
  F most = Isa::max(last, -last);
  for (std::size_t i = 0; i < whole; i += Isa::kLanes) {
    const F value = Isa::load(x + i);
    most = Isa::max(most, Isa::max(value, -value));
  }
  const float largest = Isa::reduce_max(most);
  // The inverse of less would not be finite.
  const bool is_zero = largest < 1e-30f;
  const float factor = is_zero ? 0.0f : 127.0f / largest;
  for (std::size_t i = 0; i < whole; i += Isa::kLanes) {
    Isa::store_narrow(out + i, Isa::round(Isa::load(x + i) * factor));
  }
  std::int8_t bytes[Isa::kLanes];
  Isa::store_narrow(bytes, Isa::round(last * factor));
  __builtin_memcpy(out + whole, bytes, size - whole);
  return is_zero ? 0.0f : largest * (1.0f / 127);
}

}  // namespace etllm::kernels
