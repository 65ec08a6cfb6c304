// NEON with the dot products of ARMv8.2, which take signed bytes.

#include "kernels/dispatch/kernel_set.h"

#if defined(__aarch64__) && defined(__ARM_FEATURE_DOTPROD)

#include "kernels/isa/neon.h"

namespace etllm::kernels {
namespace {

struct NeonDotprod : Neon<NeonDotprod> {
  // Weights are unsigned: the products are those of `q - 128`.
  static constexpr int kByteBias = 128;

  static I dot_nibbles(I sum, Bytes weights, I x) {
    return vdotq_s32(sum, reinterpret_cast<int8x16_t>(weights),
                     reinterpret_cast<int8x16_t>(x));
  }
  /// Weights of 8 bits less the bias.
  static Bytes factors(Bytes weights) { return weights ^ 0x80; }
  /// The products with the four activations of one lane.
  static I dot_lane(I sum, Bytes weights, I x, int lane) {
    const auto w = reinterpret_cast<int8x16_t>(weights);
    const auto four = reinterpret_cast<int8x16_t>(x);
    switch (lane) {
      case 0:
        return vdotq_laneq_s32(sum, w, four, 0);
      case 1:
        return vdotq_laneq_s32(sum, w, four, 1);
      case 2:
        return vdotq_laneq_s32(sum, w, four, 2);
      default:
        return vdotq_laneq_s32(sum, w, four, 3);
    }
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
