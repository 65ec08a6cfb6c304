#pragma once

// The vector primitives of AVX2 with FMA and F16C: two vectors are one column
// of a block's 16 rows. Without linkage, so that each file has its own.

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace etllm::kernels {
namespace {

struct Avx2 {
  static constexpr int kLanes = 8;
  // The 16-bit sums of two products would overflow on unsigned bytes, so the
  // products are those of `q - 128`.
  static constexpr int kByteBias = 128;
  static constexpr int kTokenTile = 4;
  static constexpr int kScoreVectors = 2;
  using F = float __attribute__((vector_size(32)));
  using I = int __attribute__((vector_size(32)));
  using Bytes = unsigned char __attribute__((vector_size(32)));
  using Shorts = unsigned short __attribute__((vector_size(32)));

  static F set1(float value) { return _mm256_set1_ps(value); }
  static I set1(int value) {
    return reinterpret_cast<I>(_mm256_set1_epi32(value));
  }
  static F load(const float* p) { return _mm256_loadu_ps(p); }
  static F load_bits(const unsigned char* p) {
    return reinterpret_cast<F>(load_bytes(p));
  }
  static F load_half(const void* p) {
    return _mm256_cvtph_ps(_mm_loadu_si128(static_cast<const __m128i*>(p)));
  }
  static F load_signed_bytes(const void* p) {
    return _mm256_cvtepi32_ps(
        _mm256_cvtepi8_epi32(_mm_loadl_epi64(static_cast<const __m128i*>(p))));
  }
  static float half_to_float(unsigned short half) { return _cvtsh_ss(half); }
  static void store(float* p, F value) { _mm256_storeu_ps(p, value); }
  static void store_half(unsigned short* p, F value) {
    _mm_storeu_si128(
        reinterpret_cast<__m128i*>(p),
        _mm256_cvtps_ph(value, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  }
  static void store_narrow(signed char* p, I value) {
    const auto ints = reinterpret_cast<__m256i>(value);
    const __m128i shorts = _mm_packs_epi32(_mm256_castsi256_si128(ints),
                                           _mm256_extracti128_si256(ints, 1));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(p),
                     _mm_packs_epi16(shorts, shorts));
  }
  static F fma(F a, F b, F c) { return _mm256_fmadd_ps(a, b, c); }
  static F max(F a, F b) { return _mm256_max_ps(a, b); }
  static F min(F a, F b) { return _mm256_min_ps(a, b); }
  static I round(F value) {
    return reinterpret_cast<I>(_mm256_cvtps_epi32(value));
  }
  static F to_float(I value) { return __builtin_convertvector(value, F); }
  static F as_floats(I value) { return reinterpret_cast<F>(value); }
  static I as_ints(Bytes value) { return reinterpret_cast<I>(value); }
  /// A bit for each lane of `value` that reaches `border`.
  static unsigned at_least(F value, F border) {
    return static_cast<unsigned>(
        _mm256_movemask_ps(_mm256_cmp_ps(value, border, _CMP_GE_OQ)));
  }
  static float reduce_add(F value) {
    __m128 sum = _mm_add_ps(_mm256_castps256_ps128(value),
                            _mm256_extractf128_ps(value, 1));
    sum = _mm_add_ps(sum, _mm_movehl_ps(sum, sum));
    return _mm_cvtss_f32(_mm_add_ss(sum, _mm_movehdup_ps(sum)));
  }
  static float reduce_max(F value) {
    __m128 most = _mm_max_ps(_mm256_castps256_ps128(value),
                             _mm256_extractf128_ps(value, 1));
    most = _mm_max_ps(most, _mm_movehl_ps(most, most));
    return _mm_cvtss_f32(_mm_max_ss(most, _mm_movehdup_ps(most)));
  }
  static int reduce_add(I value) {
    int sum = 0;
    for (int lane = 0; lane < kLanes; ++lane) sum += value[lane];
    return sum;
  }
  static Bytes load_bytes(const unsigned char* p) {
    return reinterpret_cast<Bytes>(
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  static Bytes low_nibbles(Bytes value) { return value & 0x0f; }
  static Bytes high_nibbles(Bytes value) {
    return reinterpret_cast<Bytes>((reinterpret_cast<Shorts>(value) >> 4) &
                                   0x0f0f);
  }
  static I dot_nibbles(I sum, Bytes weights, I x) {
    const __m256i pairs = _mm256_maddubs_epi16(
        reinterpret_cast<__m256i>(weights), reinterpret_cast<__m256i>(x));
    return sum +
           reinterpret_cast<I>(_mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
  }
  static I dot_bytes(I sum, Bytes weights, I x) {
    const auto centred = reinterpret_cast<__m256i>(weights ^ 0x80);
    const __m256i signed_x =
        _mm256_sign_epi8(reinterpret_cast<__m256i>(x), centred);
    return dot_nibbles(sum, reinterpret_cast<Bytes>(_mm256_abs_epi8(centred)),
                       reinterpret_cast<I>(signed_x));
  }
};

}  // namespace
}  // namespace etllm::kernels
