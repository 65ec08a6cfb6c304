#include "kernels/elementwise/rope.h"

#include <cmath>

#include "kernels/dispatch/select.h"
#include "kernels/threading/parallel.h"

namespace etllm::kernels {
namespace {

constexpr std::size_t kTokenGrain = 16;

}  // namespace

void fill_rope_table(std::span<const float> inv_freq, float magnitude,
                     std::int64_t start, std::size_t tokens, float* table) {
  const std::size_t pairs = inv_freq.size();
  parallel_for(tokens, kTokenGrain, [&](std::size_t begin, std::size_t end) {
    for (std::size_t t = begin; t < end; ++t) {
      const auto position =
          static_cast<float>(start + static_cast<std::int64_t>(t));
      float* row = table + t * 2 * pairs;
      for (std::size_t i = 0; i < pairs; ++i) {
        const float angle = position * inv_freq[i];
        row[i] = std::cos(angle) * magnitude;
        row[pairs + i] = std::sin(angle) * magnitude;
      }
    }
  });
}

void rotate(float* x, std::size_t tokens, std::size_t stride,
            const float* table, const RopeShape& shape) {
  const KernelSet& kernels = active_kernels();
  parallel_for(tokens, kTokenGrain, [&](std::size_t begin, std::size_t end) {
    for (std::size_t t = begin; t < end; ++t) {
      kernels.rotate(x + t * stride, table + t * 2 * shape.pairs, shape);
    }
  });
}

}  // namespace etllm::kernels
