// NEON with the dot products of ARMv8.2, which take signed bytes.

#include "kernels/dispatch/kernel_set.h"

#if defined(__aarch64__) && defined(__ARM_FEATURE_DOTPROD)

#include "kernels/isa/neon.h"

namespace etllm::kernels {
namespace {

struct NeonDotprod : Neon<NeonDotprod> {
  // Weights are unsigned: the products are those of `q - 128`.
  static constexpr int kByteBias = 128;

  static I dot_bytes(I sum, Bytes weights, I x) {
    return dot_nibbles(sum, weights ^ 0x80, x);
  }
  /// Of weights below 128.
  static I dot_nibbles(I sum, Bytes weights, I x) {
    return vdotq_s32(sum, reinterpret_cast<int8x16_t>(weights),
                     reinterpret_cast<int8x16_t>(x));
  }
};

constexpr KernelSet kKernels = make_kernel_set<NeonDotprod>("neon_dotprod");

}  // namespace

const KernelSet* neon_dotprod_kernels() { return &kKernels; }

}  // namespace etllm::kernels

#else

namespace etllm::kernels {
const KernelSet* neon_dotprod_kernels() { return nullptr; }
}  // namespace etllm::kernels

#endif
