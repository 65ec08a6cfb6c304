// AVX-512 with VNNI.

#include "kernels/dispatch/kernel_set.h"

#if defined(__AVX512VNNI__)

#include "kernels/isa/avx512.h"
#include "kernels/isa/make_kernel_set.h"

namespace etllm::kernels {
namespace {

constexpr KernelSet kKernels = make_kernel_set<Avx512>("avx512");

}  // namespace

const KernelSet* avx512_kernels() { return &kKernels; }

}  // namespace etllm::kernels

#else

namespace etllm::kernels {
const KernelSet* avx512_kernels() { return nullptr; }
}  // namespace etllm::kernels

#endif
