#pragma once

// NEON without the products of bytes, which the two files that include this
// have in instructions of their own. One vector is four of a block's 16 rows,
// so a tile of four tokens has 16 integer sums: half of the registers.

#include <arm_neon.h>

#include "kernels/isa/make_kernel_set.h"

namespace etllm::kernels {

/// `Isa` is the type that derives from this: it has no linkage, so neither has
/// what is instantiated for it.
template <class Isa>
struct Neon {
  static constexpr int kLanes = 4;
  static constexpr int kTokenTile = 4;
  static constexpr int kScoreVectors = 4;
  using F = float __attribute__((vector_size(16)));
  using I = int __attribute__((vector_size(16)));
  using Bytes = unsigned char __attribute__((vector_size(16)));

  template <class Vector>
  static Vector read(const void* p) {
    Vector value;
    __builtin_memcpy(&value, p, sizeof value);
    return value;
  }
  static F set1(float value) { return vdupq_n_f32(value); }
  static I set1(int value) { return vdupq_n_s32(value); }
  static F load(const float* p) { return vld1q_f32(p); }
  static F load_bits(const unsigned char* p) { return read<F>(p); }
  static F load_half(const void* p) {
    return vcvt_f32_f16(read<float16x4_t>(p));
  }
  static F load_signed_bytes(const void* p) {
    const int8x8_t bytes =
        vreinterpret_s8_s32(vdup_n_s32(read<std::int32_t>(p)));
    return vcvtq_f32_s32(vmovl_s16(vget_low_s16(vmovl_s8(bytes))));
  }
  static float half_to_float(std::uint16_t half) {
    return static_cast<float>(read<__fp16>(&half));
  }
  static void store(float* p, F value) { vst1q_f32(p, value); }
  static void store_half(std::uint16_t* p, F value) {
    const float16x4_t halves = vcvt_f16_f32(value);
    __builtin_memcpy(p, &halves, sizeof halves);
  }
  static void store_narrow(std::int8_t* p, I value) {
    const int16x4_t shorts = vqmovn_s32(value);
    const int8x8_t bytes = vqmovn_s16(vcombine_s16(shorts, shorts));
    __builtin_memcpy(p, &bytes, kLanes);
  }
  static F fma(F a, F b, F c) { return vfmaq_f32(c, a, b); }
  static F max(F a, F b) { return vmaxq_f32(a, b); }
  static F min(F a, F b) { return vminq_f32(a, b); }
  static I round(F value) { return vcvtnq_s32_f32(value); }
  static F to_float(I value) { return vcvtq_f32_s32(value); }
  static F as_floats(I value) { return reinterpret_cast<F>(value); }
  static I as_ints(Bytes value) { return reinterpret_cast<I>(value); }
  /// A bit for each lane of `value` that reaches `border`.
  static unsigned at_least(F value, F border) {
    constexpr uint32x4_t kBits = {1, 2, 4, 8};
    return vaddvq_u32(vandq_u32(vcgeq_f32(value, border), kBits));
  }
  static float reduce_add(F value) { return vaddvq_f32(value); }
  static float reduce_max(F value) { return vmaxvq_f32(value); }
  static int reduce_add(I value) { return vaddvq_s32(value); }
  static Bytes load_bytes(const unsigned char* p) { return vld1q_u8(p); }
  static Bytes low_nibbles(Bytes value) { return value & 0x0f; }
  static Bytes high_nibbles(Bytes value) { return value >> 4; }

  /// Adds the products of `Steps` times four columns of 16 rows, or of as many
  /// again in the other nibbles. One lane of a vector of activations is a
  /// token's share of a step, so nothing has to be broadcast. Always inlined:
  /// a call would pass the sums through memory.
  template <int Bits, int Steps, int T>
  [[gnu::always_inline]] static void add_steps(const unsigned char* quants,
                                               const std::int8_t (*x)[T][4],
                                               I (&dot)[T][4]) {
    constexpr int kStepsPerVector = 4 / T;
    // Not unrolled: the loads of all steps together do not fit the registers.
#pragma GCC unroll 1
    for (int step = 0; step < Steps; step += kStepsPerVector) {
      const I low = read<I>(x[step]);
      const I high = Bits == 4 ? read<I>(x[step + 4]) : low;
#pragma GCC unroll 4
      for (int i = 0; i < kStepsPerVector; ++i) {
#pragma GCC unroll 4
        for (int v = 0; v < 4; ++v) {
          const Bytes packed =
              load_bytes(quants + kStepBytes * (step + i) + sizeof(Bytes) * v);
#pragma GCC unroll 4
          for (int t = 0; t < T; ++t) {
            const int lane = i * T + t;
            if constexpr (Bits == 4) {
              dot[t][v] =
                  Isa::dot_lane(dot[t][v], low_nibbles(packed), low, lane);
              dot[t][v] =
                  Isa::dot_lane(dot[t][v], high_nibbles(packed), high, lane);
            } else {
              dot[t][v] =
                  Isa::dot_lane(dot[t][v], Isa::factors(packed), low, lane);
            }
          }
        }
      }
    }
  }
};

}  // namespace etllm::kernels
