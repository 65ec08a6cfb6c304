// AVX2 with FMA and F16C.

#include "kernels/dispatch/kernel_set.h"

#if defined(__AVX2__)

#include "kernels/isa/avx2.h"
#include "kernels/isa/make_kernel_set.h"

namespace etllm::kernels {
namespace {

/// Products of nibbles are summed in 16 bits, where those of a whole group fit:
/// 2 * 8 * 15 * 127 < 2^15.
struct Avx2Nibbles : Avx2 {
  template <int Bits, int Steps, int T>
  [[gnu::always_inline]] static void add_steps(const unsigned char* quants,
                                               const std::int8_t (*x)[T][4],
                                               I (&dot)[T][2]) {
    if constexpr (Bits == 8) {
      kernels::add_steps<Avx2, Bits, Steps, T>(quants, x, dot);
    } else {
      static_assert(Steps == 4, "a group");
#pragma GCC unroll 2
      for (int v = 0; v < 2; ++v)
        add_group_in_shorts<T>(quants + 32 * v, x, v, dot);
    }
  }

 private:
  template <int T>
  [[gnu::always_inline]] static void add_group_in_shorts(
      const unsigned char* quants, const std::int8_t (*x)[T][4], int v,
      I (&dot)[T][2]) {
    __m256i sums[T] = {};
#pragma GCC unroll 4
    for (int step = 0; step < 4; ++step) {
      const Bytes packed = load_bytes(quants + kStepBytes * step);
      const auto low = reinterpret_cast<__m256i>(low_nibbles(packed));
      const auto high = reinterpret_cast<__m256i>(high_nibbles(packed));
#pragma GCC unroll 4
      for (int t = 0; t < T; ++t) {
        sums[t] = _mm256_add_epi16(
            sums[t], _mm256_maddubs_epi16(low, activations(x[step][t])));
        sums[t] = _mm256_add_epi16(
            sums[t], _mm256_maddubs_epi16(high, activations(x[step + 4][t])));
      }
    }
#pragma GCC unroll 4
    for (int t = 0; t < T; ++t) {
      dot[t][v] +=
          reinterpret_cast<I>(_mm256_madd_epi16(sums[t], _mm256_set1_epi16(1)));
    }
  }

  static __m256i activations(const std::int8_t* values) {
    return reinterpret_cast<__m256i>(broadcast_activations<Avx2>(values));
  }
};

constexpr KernelSet kKernels = make_kernel_set<Avx2Nibbles>("avx2");

}  // namespace

const KernelSet* avx2_kernels() { return &kKernels; }

}  // namespace etllm::kernels

#else

namespace etllm::kernels {
const KernelSet* avx2_kernels() { return nullptr; }
}  // namespace etllm::kernels

#endif
