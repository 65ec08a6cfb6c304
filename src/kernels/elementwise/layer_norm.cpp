#include "kernels/elementwise/layer_norm.h"

#include "kernels/dispatch/select.h"
#include "kernels/threading/parallel.h"

namespace etllm::kernels {

void layer_norm(const float* x, std::size_t tokens, std::size_t size,
                const NormWeights& weights, float epsilon, float* out) {
  const KernelSet& kernels = active_kernels();
  constexpr std::size_t kTokenGrain = 16;
  parallel_for(tokens, kTokenGrain, [&](std::size_t begin, std::size_t end) {
    for (std::size_t t = begin; t < end; ++t) {
      kernels.layer_norm(x + t * size, weights, size, epsilon, out + t * size);
    }
  });
}

}  // namespace etllm::kernels
