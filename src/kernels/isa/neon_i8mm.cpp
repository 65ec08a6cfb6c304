// NEON with the integer products of the i8mm extension, which take unsigned
// weights as they are: dot products for one token, and for more of them
// products of a matrix of two rows and one of two tokens, eight columns each.

#include "kernels/dispatch/kernel_set.h"

#if defined(__aarch64__) && defined(__ARM_FEATURE_MATMUL_INT8)

#include "kernels/isa/neon.h"

namespace etllm::kernels {
namespace {

struct NeonI8mm : Neon<NeonI8mm> {
  static constexpr int kByteBias = 0;

  static I dot_nibbles(I sum, Bytes weights, I x) {
    return vusdotq_s32(sum, weights, reinterpret_cast<int8x16_t>(x));
  }
  static Bytes factors(Bytes weights) { return weights; }
  /// The products with the four activations of one lane.
  static I dot_lane(I sum, Bytes weights, I x, int lane) {
    const auto four = reinterpret_cast<int8x16_t>(x);
    switch (lane) {
      case 0:
        return vusdotq_laneq_s32(sum, weights, four, 0);
      case 1:
        return vusdotq_laneq_s32(sum, weights, four, 1);
      case 2:
        return vusdotq_laneq_s32(sum, weights, four, 2);
      default:
        return vusdotq_laneq_s32(sum, weights, four, 3);
    }
  }

  /// As Neon has it; several tokens by products of matrices.
  template <int Bits, int Steps, int T>
  [[gnu::always_inline]] static void add_steps(const unsigned char* quants,
                                               const std::int8_t (*x)[T][4],
                                               I (&dot)[T][4]) {
    if constexpr (T == 1) {
      Neon::add_steps<Bits, Steps, T>(quants, x, dot);
    } else {
      MatrixSums<T> sums(dot);
      // Not unrolled, as in Neon.
#pragma GCC unroll 1
      for (int step = 0; step < Steps; step += 2) {
        const TokenPairs<T> low(x + step);
        const TokenPairs<T> high(x + (Bits == 4 ? step + 4 : step));
#pragma GCC unroll 8
        for (int rows = 0; rows < 8; ++rows) {
          const Bytes packed = row_pair(quants + kStepBytes * step, rows);
          if constexpr (Bits == 4) {
            sums.add(rows, low_nibbles(packed), low);
            sums.add(rows, high_nibbles(packed), high);
          } else {
            sums.add(rows, packed, low);
          }
        }
      }
      sums.store(dot);
    }
  }

 private:
  /// Lanes 0 and 1 of both, or lanes 2 and 3, alternating.
  static I zip_first(I a, I b) { return vzip1q_s32(a, b); }
  static I zip_last(I a, I b) { return vzip2q_s32(a, b); }

  /// Eight columns, those of two steps, of the rows `2 * pair` and the next.
  static Bytes row_pair(const unsigned char* quants, int pair) {
    const unsigned char* at = quants + sizeof(Bytes) * (pair / 2);
    const I first = as_ints(load_bytes(at));
    const I second = as_ints(load_bytes(at + kStepBytes));
    const I rows =
        pair % 2 == 0 ? zip_first(first, second) : zip_last(first, second);
    return reinterpret_cast<Bytes>(rows);
  }

  /// Eight columns, those of two steps, of each pair of tokens.
  template <int T>
  struct TokenPairs {
    explicit TokenPairs(const std::int8_t (*x)[T][4]) {
      const I first = read<I>(x[0]);
      if constexpr (T == 2) {
        pairs[0] = zip_first(first, vextq_s32(first, first, 2));
      } else {
        const I second = read<I>(x[1]);
        pairs[0] = zip_first(first, second);
        pairs[1] = zip_last(first, second);
      }
    }

    I pairs[T / 2];
  };

  /// The sums of T tokens and 16 rows, as matrices of two rows and two tokens.
  template <int T>
  struct MatrixSums {
    explicit MatrixSums(const I (&dot)[T][4]) {
      for (int t = 0; t < T; t += 2) {
        for (int v = 0; v < 4; ++v) {
          sums[2 * v][t / 2] = zip_first(dot[t][v], dot[t + 1][v]);
          sums[2 * v + 1][t / 2] = zip_last(dot[t][v], dot[t + 1][v]);
        }
      }
    }

    void add(int rows, Bytes weights, const TokenPairs<T>& x) {
#pragma GCC unroll 2
      for (int pair = 0; pair < T / 2; ++pair) {
        sums[rows][pair] =
            vusmmlaq_s32(sums[rows][pair], weights,
                         reinterpret_cast<int8x16_t>(x.pairs[pair]));
      }
    }

    void store(I (&dot)[T][4]) const {
      for (int t = 0; t < T; t += 2) {
        for (int v = 0; v < 4; ++v) {
          const I first = sums[2 * v][t / 2];
          const I last = sums[2 * v + 1][t / 2];
          dot[t][v] = vuzp1q_s32(first, last);
          dot[t + 1][v] = vuzp2q_s32(first, last);
        }
      }
    }

    I sums[8][T / 2];
  };
};

constexpr KernelSet kKernels = make_kernel_set<NeonI8mm>("neon_i8mm");

}  // namespace

const KernelSet* neon_i8mm_kernels() { return &kKernels; }

}  // namespace etllm::kernels

#else

namespace etllm::kernels {
const KernelSet* neon_i8mm_kernels() { return nullptr; }
}  // namespace etllm::kernels

#endif
