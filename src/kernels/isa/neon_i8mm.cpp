// NEON with the integer products of the i8mm extension, which take unsigned
// weights as they are.

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
