#pragma once

// Passes over the logits of a whole vocabulary, for the sampler. Templated
// like multiply_quantized.h.

#include "kernels/isa/elementwise.h"

namespace etllm::kernels {

template <class Isa>
inline typename Isa::F weight_or_zero(typename Isa::F x, float floor) {
  const auto weight = exponential_or_zero<Isa>(x);
  return weight >= floor ? weight : Isa::set1(0.0f);
}

template <class Isa>
double softmax_weights(const float* logits, std::size_t size, float largest,
                       float scale, float floor, float* weights) {
  using F = typename Isa::F;
  // So many vectors are added up in floats before their sum becomes a double.
  constexpr std::size_t kSummed = 128 * Isa::kLanes;
  double total = 0;
  std::size_t i = 0;
  while (i + Isa::kLanes <= size) {
    const std::size_t left = size - i;
    const std::size_t end = i + (left < kSummed ? left : kSummed);
    F sum = Isa::set1(0.0f);
    for (; i + Isa::kLanes <= end; i += Isa::kLanes) {
      const F weight =
          weight_or_zero<Isa>((Isa::load(logits + i) - largest) * scale, floor);
      Isa::store(weights + i, weight);
      sum += weight;
    }
    total += Isa::reduce_add(sum);
  }
  if (i == size) return total;
  const F rest = load_rest<Isa>(logits + i, size - i, -__builtin_inff());
  const F weight = weight_or_zero<Isa>((rest - largest) * scale, floor);
  for (int lane = 0; i < size; ++i, ++lane) {
    weights[i] = weight[lane];
    total += weight[lane];
  }
  return total;
}

/// What is in memory, then a last vector that is filled up with -infinity.
template <class Isa, class Visit>
inline void for_each_vector(const float* values, std::size_t size,
                            Visit visit) {
  std::size_t i = 0;
  for (; i + Isa::kLanes <= size; i += Isa::kLanes) {
    visit(Isa::load(values + i));
  }
  if (i == size) return;
  visit(load_rest<Isa>(values + i, size - i, -__builtin_inff()));
}

template <class Isa>
float block_mass(const float* logits, std::size_t size, float largest,
                 float scale) {
  typename Isa::F sum = Isa::set1(0.0f);
  for_each_vector<Isa>(logits, size, [&](typename Isa::F x) {
    sum += exponential_or_zero<Isa>((x - largest) * scale);
  });
  return Isa::reduce_add(sum);
}

/// The exponentials follow each block's maximum, while its logits are in the
/// nearest cache: another core wrote them, and reading them once is what takes
/// the time.
template <class Isa>
bool summarize_blocks(const float* logits, std::size_t size, float scale,
                      float* maxima, float* masses) {
  using F = typename Isa::F;
  using I = typename Isa::I;
  // Without their sign, the bits of what is not a number are above infinity's.
  constexpr int kMagnitude = 0x7fffffff;
  constexpr int kInfinity = 0x7f800000;
  I magnitudes = Isa::set1(0);
  for (std::size_t begin = 0; begin < size; begin += kLogitsBlock) {
    const std::size_t left = size - begin;
    const std::size_t count = left < kLogitsBlock ? left : kLogitsBlock;
    F largest = Isa::set1(-__builtin_inff());
    for_each_vector<Isa>(logits + begin, count, [&](F x) {
      const I magnitude = reinterpret_cast<I>(x) & kMagnitude;
      magnitudes = magnitude > magnitudes ? magnitude : magnitudes;
      largest = Isa::max(largest, x);
    });
    const float maximum = Isa::reduce_max(largest);
    *maxima++ = maximum;
    if (masses == nullptr) continue;
    *masses++ = block_mass<Isa>(logits + begin, count, maximum, scale);
  }
  bool has_nan = false;
  for (int lane = 0; lane < Isa::kLanes; ++lane) {
    has_nan = has_nan || magnitudes[lane] > kInfinity;
  }
  return has_nan;
}

template <class Isa>
std::size_t find_at_least(const float* values, std::size_t size,
                          float threshold, std::int32_t* indices) {
  const auto border = Isa::set1(threshold);
  std::size_t count = 0;
  std::size_t i = 0;
  for (; i + Isa::kLanes <= size; i += Isa::kLanes) {
    unsigned mask = Isa::at_least(Isa::load(values + i), border);
    for (; mask != 0; mask &= mask - 1) {
      indices[count++] = static_cast<std::int32_t>(i) + __builtin_ctz(mask);
    }
  }
  for (; i < size; ++i) {
    if (values[i] >= threshold) indices[count++] = static_cast<std::int32_t>(i);
  }
  return count;
}

}  // namespace etllm::kernels
