#pragma once

// Templated like multiply_quantized.h.

#include "kernels/isa/elementwise.h"

namespace etllm::kernels {

/// The sum of `term(x)` over a row, with `term` 0 for `filler`.
template <class Isa, class Term>
inline float sum_terms(const float* x, std::size_t size, float filler,
                       Term&& term) {
  using F = typename Isa::F;
  // Several sums, so that one addition need not wait for the one before it.
  constexpr std::size_t kSums = 4;
  F sums[kSums] = {};
  std::size_t i = 0;
  for (; i + kSums * Isa::kLanes <= size; i += kSums * Isa::kLanes) {
#pragma GCC unroll 4
    for (std::size_t s = 0; s < kSums; ++s) {
      sums[s] += term(Isa::load(x + i + s * Isa::kLanes));
    }
  }
  for (; i + Isa::kLanes <= size; i += Isa::kLanes) {
    sums[0] += term(Isa::load(x + i));
  }
  if (i < size) sums[1] += term(load_rest<Isa>(x + i, size - i, filler));
  return Isa::reduce_add((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

/// The squares are those of what the mean leaves, which a large mean does not
/// drown.
template <class Isa>
void layer_norm(const float* x, const NormWeights& weights, std::size_t size,
                float epsilon, float* out) {
  using F = typename Isa::F;
  const auto count = static_cast<float>(size);
  const float mean =
      sum_terms<Isa>(x, size, 0.0f, [](F v) { return v; }) / count;
  const float variance = sum_terms<Isa>(x, size, mean,
                                        [mean](F v) {
                                          const F rest = v - mean;
                                          return rest * rest;
                                        }) /
                         count;
  const float scale = 1.0f / __builtin_sqrtf(variance + epsilon);
  for_each_vector_of<Isa>(size, [&](std::size_t i, std::size_t part) {
    F value = (load_part<Isa>(x + i, part) - mean) * scale *
              load_part<Isa>(weights.weight + i, part);
    if (weights.bias != nullptr) {
      value += load_part<Isa>(weights.bias + i, part);
    }
    store_part<Isa>(out + i, value, part);
  });
}

}  // namespace etllm::kernels
