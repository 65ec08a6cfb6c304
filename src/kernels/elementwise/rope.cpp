#include "kernels/elementwise/rope.h"

#include <cmath>

#include "kernels/threading/parallel.h"
#include "kernels/threading/scratch.h"

namespace etllm::kernels {
namespace {

constexpr std::size_t kTokenGrain = 16;

void rotate_token(float* x, const RopeParams& params, const float* cosines,
                  const float* sines) {
  const std::size_t pairs = params.inv_freq.size();
  const std::size_t first_step = params.interleaved ? 2 : 1;
  const std::size_t partner = params.interleaved ? 1 : pairs;
  for (std::size_t h = 0; h < params.heads; ++h) {
    float* head = x + h * params.head_size;
    for (std::size_t i = 0; i < pairs; ++i) {
      float& a = head[i * first_step];
      float& b = head[i * first_step + partner];
      const float rotated = a * cosines[i] - b * sines[i];
      b = b * cosines[i] + a * sines[i];
      a = rotated;
    }
  }
}

}  // namespace

void rotate(float* x, std::size_t tokens, std::size_t stride,
            std::int64_t start, const RopeParams& params) {
  const std::size_t pairs = params.inv_freq.size();
  parallel_for(tokens, kTokenGrain, [&](std::size_t begin, std::size_t end) {
    auto* cosines =
        reinterpret_cast<float*>(task_scratch(2 * pairs * sizeof(float)));
    float* sines = cosines + pairs;
    for (std::size_t t = begin; t < end; ++t) {
      const auto position =
          static_cast<float>(start + static_cast<std::int64_t>(t));
      for (std::size_t i = 0; i < pairs; ++i) {
        const float angle = position * params.inv_freq[i];
        cosines[i] = std::cos(angle) * params.magnitude;
        sines[i] = std::sin(angle) * params.magnitude;
      }
      rotate_token(x + t * stride, params, cosines, sines);
    }
  });
}

}  // namespace etllm::kernels
