// AVX-512 with BF16: dense weights of bf16 times activations that are rounded
// to it. AVX-512's kernels do everything else.

#include "kernels/dispatch/kernel_set.h"

#if defined(__AVX512BF16__)

#include "kernels/formats/weight_format.h"
#include "kernels/isa/avx512.h"

namespace etllm::kernels {
namespace {

constexpr int kTokenTile = 8;
/// Columns whose activations are rounded at a time.
constexpr std::size_t kRoundedCols = 512;

/// Pairs of columns of T tokens.
template <int T>
struct RoundedTokens {
  /// The columns from `first` on; `x` is [T][cols].
  RoundedTokens(const float* x, std::size_t cols, std::size_t first) {
    const std::size_t rest = cols - first;
    count = rest < kRoundedCols ? rest : kRoundedCols;
    for (std::size_t i = 0; i < count; i += 32) {
      for (int t = 0; t < T; ++t) {
        const float* row = x + t * cols + first;
        const auto rounded = reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(
            load_some(row, i + 16, count), load_some(row, i, count)));
        _mm512_store_si512(pairs[t] + i / 2, rounded);
      }
    }
  }

  std::size_t count;
  alignas(64) std::int32_t pairs[T][kRoundedCols / 2];
};

/// One block times T tokens.
template <int T>
void multiply_block(const unsigned char* weights, const float* x,
                    std::size_t cols, const ProductTarget& target) {
  __m512 sums[T] = {};
  for (std::size_t first = 0; first < cols; first += kRoundedCols) {
    const RoundedTokens<T> tokens(x, cols, first);
    const unsigned char* pairs = weights + first / 2 * 64;
    for (std::size_t i = 0; i < (tokens.count + 1) / 2; ++i) {
      const auto pair =
          reinterpret_cast<__m512bh>(_mm512_loadu_si512(pairs + 64 * i));
#pragma GCC unroll 8
      for (int t = 0; t < T; ++t) {
        sums[t] = _mm512_dpbf16_ps(
            sums[t], pair,
            reinterpret_cast<__m512bh>(_mm512_set1_epi32(tokens.pairs[t][i])));
      }
    }
  }
  for (int t = 0; t < T; ++t) {
    const std::size_t at = t * target.stride;
    _mm512_storeu_ps(target.out + at,
                     target.base == nullptr
                         ? sums[t]
                         : sums[t] + _mm512_loadu_ps(target.base + at));
  }
}

void multiply_bf16(const BlockRange& blocks, const float* x, std::size_t tokens,
                   const ProductTarget& target) {
  for (std::size_t b = 0; b < blocks.count; ++b) {
    const unsigned char* weights = blocks.data + b * blocks.block_bytes;
    const auto part_at = [&](std::size_t token) {
      const std::size_t at = token * target.stride + b * kRowsPerBlock;
      return ProductTarget{target.out + at,
                           target.base == nullptr ? nullptr : target.base + at,
                           target.stride};
    };
    std::size_t done = 0;
    for (; tokens - done >= kTokenTile; done += kTokenTile) {
      multiply_block<kTokenTile>(weights, x + done * blocks.cols, blocks.cols,
                                 part_at(done));
    }
    for (; done < tokens; ++done) {
      multiply_block<1>(weights, x + done * blocks.cols, blocks.cols,
                        part_at(done));
    }
  }
}

}  // namespace

const KernelSet* avx512_bf16_kernels() {
  static const KernelSet set = [] {
    KernelSet kernels = *avx512_kernels();
    kernels.name = "avx512_bf16";
    kernels.multiply_bf16 = multiply_bf16;
    return kernels;
  }();
  return &set;
}

}  // namespace etllm::kernels

#else

namespace etllm::kernels {
const KernelSet* avx512_bf16_kernels() { return nullptr; }
}  // namespace etllm::kernels

#endif
