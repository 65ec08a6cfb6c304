#pragma once

// The vector primitives of AVX-512 with VNNI: a vector is one column of a
// block's 16 rows. Without linkage, so that each file has its own.

#include <immintrin.h>

#include <cstddef>

namespace etllm::kernels {
namespace {

struct Avx512 {
  static constexpr int kLanes = 16;
  static constexpr int kByteBias = 0;
  static constexpr int kTokenTile = 8;
  static constexpr int kScoreVectors = 4;
  using F = float __attribute__((vector_size(64)));
  using I = int __attribute__((vector_size(64)));
  using Bytes = unsigned char __attribute__((vector_size(64)));
  using Shorts = unsigned short __attribute__((vector_size(64)));

  static F set1(float value) { return _mm512_set1_ps(value); }
  static I set1(int value) {
    return reinterpret_cast<I>(_mm512_set1_epi32(value));
  }
  static F load(const float* p) { return _mm512_loadu_ps(p); }
  static F load_bits(const unsigned char* p) { return _mm512_loadu_ps(p); }
  static F load_half(const void* p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(static_cast<const __m256i*>(p)));
  }
  static F load_signed_bytes(const void* p) {
    return _mm512_cvtepi32_ps(
        _mm512_cvtepi8_epi32(_mm_loadu_si128(static_cast<const __m128i*>(p))));
  }
  static float half_to_float(unsigned short half) { return _cvtsh_ss(half); }
  static void store(float* p, F value) { _mm512_storeu_ps(p, value); }
  static void store_half(unsigned short* p, F value) {
    _mm256_storeu_si256(
        reinterpret_cast<__m256i*>(p),
        _mm512_cvtps_ph(value, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  }
  static void store_narrow(signed char* p, I value) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p),
                     _mm512_cvtsepi32_epi8(reinterpret_cast<__m512i>(value)));
  }
  static F fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
  static F max(F a, F b) { return _mm512_max_ps(a, b); }
  static F min(F a, F b) { return _mm512_min_ps(a, b); }
  static I round(F value) {
    return reinterpret_cast<I>(_mm512_cvtps_epi32(value));
  }
  static F to_float(I value) { return __builtin_convertvector(value, F); }
  /// e^x, relative error below 1e-6 for |x| < 50: the whole part of x / ln(2)
  /// scales 2 to the power of the rest, by its Taylor polynomial. Zero instead
  /// of subnormal numbers, which take a hundred times as long.
  static F exponential(F x) {
    const F inverse_ln2 = set1(1.44269504f);
    const F whole = _mm512_roundscale_ps(x * inverse_ln2, 0);
    const F rest = _mm512_fmsub_ps(x, inverse_ln2, whole);
    F sum = set1(1.54035304e-4f);
    sum = fma(sum, rest, set1(1.33335581e-3f));
    sum = fma(sum, rest, set1(9.61812911e-3f));
    sum = fma(sum, rest, set1(5.55041087e-2f));
    sum = fma(sum, rest, set1(2.40226507e-1f));
    sum = fma(sum, rest, set1(6.93147181e-1f));
    sum = fma(sum, rest, set1(1.0f));
    const __mmask16 is_normal =
        _mm512_cmp_ps_mask(whole, set1(-126.0f), _CMP_GE_OQ);
    return _mm512_maskz_scalef_ps(is_normal, sum, whole);
  }
  static F as_floats(I value) { return reinterpret_cast<F>(value); }
  static I as_ints(Bytes value) { return reinterpret_cast<I>(value); }
  /// A bit for each lane of `value` that reaches `border`.
  static unsigned at_least(F value, F border) {
    return _mm512_cmp_ps_mask(value, border, _CMP_GE_OQ);
  }
  static float reduce_add(F value) { return _mm512_reduce_add_ps(value); }
  static float reduce_max(F value) { return _mm512_reduce_max_ps(value); }
  static int reduce_add(I value) {
    return _mm512_reduce_add_epi32(reinterpret_cast<__m512i>(value));
  }
  static Bytes load_bytes(const unsigned char* p) {
    return reinterpret_cast<Bytes>(_mm512_loadu_si512(p));
  }
  static Bytes low_nibbles(Bytes value) { return value & 0x0f; }
  static Bytes high_nibbles(Bytes value) {
    return reinterpret_cast<Bytes>((reinterpret_cast<Shorts>(value) >> 4) &
                                   0x0f0f);
  }
  static I dot_bytes(I sum, Bytes weights, I x) {
    return reinterpret_cast<I>(_mm512_dpbusd_epi32(
        reinterpret_cast<__m512i>(sum), reinterpret_cast<__m512i>(weights),
        reinterpret_cast<__m512i>(x)));
  }
  static I dot_nibbles(I sum, Bytes weights, I x) {
    return dot_bytes(sum, weights, x);
  }
};

/// The lanes that exist when `count` values are left.
[[maybe_unused]] __mmask16 lanes_of(std::size_t count) {
  return static_cast<__mmask16>(count >= 16 ? 0xffff : (1U << count) - 1);
}

/// Sixteen values of a row from `i` on; zeros from `size` on.
[[maybe_unused]] __m512 load_some(const float* row, std::size_t i,
                                  std::size_t size) {
  if (i >= size) return __m512{};
  return _mm512_maskz_loadu_ps(lanes_of(size - i), row + i);
}

}  // namespace
}  // namespace etllm::kernels
