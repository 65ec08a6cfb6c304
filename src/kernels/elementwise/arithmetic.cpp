#include "kernels/elementwise/arithmetic.h"

#include "kernels/dispatch/select.h"
#include "kernels/threading/parallel.h"

namespace etllm::kernels {
namespace {

// Numbers that are worth a thread.
constexpr std::size_t kGrain = std::size_t{1} << 14;
constexpr std::size_t kCapGrain = std::size_t{1} << 12;

}  // namespace

void add(const float* a, const float* b, std::size_t size, float* out) {
  const KernelSet& kernels = active_kernels();
  parallel_for(size, kGrain, [&](std::size_t begin, std::size_t end) {
    kernels.add_rows(a + begin, b + begin, end - begin, out + begin);
  });
}

void scale(float* x, std::size_t size, float factor) {
  const KernelSet& kernels = active_kernels();
  parallel_for(size, kGrain, [&](std::size_t begin, std::size_t end) {
    kernels.scale_row(x + begin, end - begin, factor);
  });
}

void soft_cap(float* x, std::size_t size, float cap) {
  const KernelSet& kernels = active_kernels();
  parallel_for(size, kCapGrain, [&](std::size_t begin, std::size_t end) {
    kernels.cap_row(x + begin, end - begin, cap);
  });
}

}  // namespace etllm::kernels
