#include "kernels/elementwise/head_norm.h"

#include "kernels/dispatch/select.h"
#include "kernels/threading/parallel.h"

namespace etllm::kernels {
namespace {

void normalise_parts(const KernelSet& kernels, float* x, const NormParts& parts,
                     HeadNormRule rule, float epsilon) {
  for (std::size_t i = 0; i < parts.count; ++i) {
    float* part = x + i * parts.size;
    const float* weight = parts.weight + i * parts.weight_stride;
    if (rule == HeadNormRule::kRms) {
      kernels.rms_norm(part, weight, parts.size, epsilon, part);
    } else {
      kernels.layer_norm(part, {weight, nullptr}, parts.size, epsilon, part);
    }
  }
}

}  // namespace

void normalise_heads(float* x, std::size_t tokens, std::size_t stride,
                     std::span<const NormParts> parts, HeadNormRule rule,
                     float epsilon) {
  const KernelSet& kernels = active_kernels();
  constexpr std::size_t kTokenGrain = 16;
  parallel_for(tokens, kTokenGrain, [&](std::size_t begin, std::size_t end) {
    for (std::size_t t = begin; t < end; ++t) {
      float* row = x + t * stride;
      for (const NormParts& some : parts) {
        normalise_parts(kernels, row, some, rule, epsilon);
        row += some.count * some.size;
      }
    }
  });
}

}  // namespace etllm::kernels
