// AVX2 with AVX-VNNI: dot products of bytes on vectors of 256 bits.

#include "kernels/dispatch/kernel_set.h"

#if defined(__AVXVNNI__)

#include "kernels/isa/avx2.h"
#include "kernels/isa/make_kernel_set.h"

namespace etllm::kernels {
namespace {

struct AvxVnni : Avx2 {
  static constexpr int kByteBias = 0;

  static I dot_bytes(I sum, Bytes weights, I x) {
    return reinterpret_cast<I>(_mm256_dpbusd_avx_epi32(
        reinterpret_cast<__m256i>(sum), reinterpret_cast<__m256i>(weights),
        reinterpret_cast<__m256i>(x)));
  }
  static I dot_nibbles(I sum, Bytes weights, I x) {
    return dot_bytes(sum, weights, x);
  }
};

constexpr KernelSet kKernels = make_kernel_set<AvxVnni>("avx_vnni");

}  // namespace

const KernelSet* avx_vnni_kernels() { return &kKernels; }

}  // namespace etllm::kernels

#else

namespace etllm::kernels {
const KernelSet* avx_vnni_kernels() { return nullptr; }
}  // namespace etllm::kernels

#endif
