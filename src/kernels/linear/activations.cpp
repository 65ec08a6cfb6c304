#include "kernels/linear/activations.h"

#include "kernels/threading/parallel.h"
#include "kernels/threading/scratch.h"

namespace etllm::kernels {
namespace {

// Tokens whose quantization is worth another thread.
constexpr std::size_t kTokenGrain = 8;

QuantizedRows allocate_rows(std::size_t tokens, std::size_t cols) {
  const std::size_t groups = cols / kColsPerGroup;
  const std::size_t group_bytes =
      kColsPerGroup + 2 * sizeof(float) + 2 * sizeof(std::int32_t);
  std::byte* memory = thread_scratch(tokens * groups * group_bytes);
  QuantizedRows rows{};
  rows.cols = cols;
  rows.values = reinterpret_cast<std::int8_t*>(memory);
  memory += tokens * cols;
  rows.scales = reinterpret_cast<float*>(memory);
  memory += tokens * groups * sizeof(float);
  rows.half_sums = reinterpret_cast<std::int32_t*>(memory);
  memory += tokens * groups * 2 * sizeof(std::int32_t);
  rows.scaled_sums = reinterpret_cast<float*>(memory);
  return rows;
}

}  // namespace

Activations::Activations(const KernelSet& kernels, const float* x,
                         std::size_t tokens, std::size_t cols, bool quantize)
    : kernels_(kernels), x_(x), cols_(cols) {
  if (!quantize || !kernels.quantizes_activations) return;
  rows_ = allocate_rows(tokens, cols);
  parallel_for(tokens, kTokenGrain, [&](std::size_t begin, std::size_t end) {
    for (std::size_t t = begin; t < end; ++t) {
      kernels_.quantize_row(x + t * cols, rows_, t);
    }
  });
}

void Activations::multiply(const WeightMatrix& weight, std::size_t block,
                           std::size_t first, std::size_t count,
                           float* out) const {
  const BlockView view = weight.block(block);
  if (rows_.values != nullptr && !weight.traits().is_dense) {
    kernels_.multiply_quantized(view, rows_, first, count, out);
  } else {
    kernels_.multiply_float(view, x_ + first * cols_, cols_, count, out);
  }
}

}  // namespace etllm::kernels
