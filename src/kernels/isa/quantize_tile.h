#pragma once

// Activations to 8 bits. Templated like multiply_quantized.h.

#include "kernels/dispatch/kernel_set.h"
#include "kernels/formats/weight_format.h"

namespace etllm::kernels {

/// The largest magnitude of one token's group.
template <class Isa>
inline float largest_magnitude(const float* x) {
  typename Isa::F largest = Isa::set1(0.0f);
  for (std::size_t i = 0; i < kColsPerGroup; i += Isa::kLanes) {
    const typename Isa::F value = Isa::load(x + i);
    largest = Isa::max(largest, Isa::max(value, -value));
  }
  return Isa::reduce_max(largest);
}

/// Rounds one token's group to nearest, [step][4].
template <class Isa>
inline void round_group(const float* x, float inverse_scale,
                        std::int8_t (&values)[kColsPerGroup]) {
  for (std::size_t i = 0; i < kColsPerGroup; i += Isa::kLanes) {
    Isa::store_narrow(values + i, Isa::round(Isa::load(x + i) * inverse_scale));
  }
}

/// The sums of each token's values of four steps from `step` on.
template <class Isa, int T>
inline void sum_four_steps(const ActivationGroup<T>& group, std::size_t step,
                           std::int32_t (&sums)[T]) {
  // As many tokens of one step or more as a vector holds.
  constexpr int kSteps = Isa::kLanes / T;
  if constexpr (kSteps >= 1 && kSteps <= 4) {
    const typename Isa::Bytes ones = typename Isa::Bytes{} + 1;
    typename Isa::I total = Isa::set1(0);
    for (int i = 0; i < 4; i += kSteps) {
      typename Isa::I values;
      __builtin_memcpy(&values, group.values[step + i], sizeof values);
      total = Isa::dot_nibbles(total, ones, values);
    }
    for (int t = 0; t < T; ++t) {
      sums[t] = total[t];
      for (int i = 1; i < kSteps; ++i) sums[t] += total[t + i * T];
    }
  } else {
    for (int t = 0; t < T; ++t) {
      sums[t] = 0;
      for (int i = 0; i < 16; ++i) {
        sums[t] += group.values[step + i / 4][t][i % 4];
      }
    }
  }
}

/// One group of T tokens, whose rows are `cols` apart.
template <class Isa, int T>
inline void quantize_group(const float* x, std::size_t cols,
                           ActivationGroup<T>& group) {
  float inverses[T];
  for (int t = 0; t < T; ++t) {
    inverses[t] = largest_magnitude<Isa>(x + t * cols);
  }
  for (int t = 0; t < T; ++t) {
    const float largest = inverses[t];
    group.scales[t] = largest / 127.0f;
    inverses[t] = largest > 0 ? 127.0f / largest : 0.0f;
  }
  for (int t = 0; t < T; ++t) {
    std::int8_t values[kColsPerGroup];
    round_group<Isa>(x + t * cols, inverses[t], values);
    for (std::size_t step = 0; step < 8; ++step) {
      __builtin_memcpy(group.values[step][t], values + 4 * step, 4);
    }
  }
  std::int32_t first[T];
  std::int32_t second[T];
  sum_four_steps<Isa, T>(group, 0, first);
  sum_four_steps<Isa, T>(group, 4, second);
  for (int t = 0; t < T; ++t) {
    const std::int32_t sum = first[t] + second[t];
    group.scaled_sums[t] = group.scales[t] * static_cast<float>(sum);
    group.offsets[0][t] = -8 * sum;
    group.offsets[1][t] = -8 * first[t];
    group.offsets[2][t] = -8 * second[t];
  }
}

/// Calls `visit.operator()<T>()` for a tile of `tokens`.
template <class Isa, class Visit>
inline void visit_tile_size(std::size_t tokens, Visit&& visit) {
  switch (tokens) {
    case 1:
      return visit.template operator()<1>();
    case 2:
      return visit.template operator()<2>();
    case 4:
      return visit.template operator()<4>();
    default:
      if constexpr (Isa::kTokenTile > 4) {
        visit.template operator()<Isa::kTokenTile>();
      }
  }
}

template <class Isa>
void quantize_tile(const float* x, std::size_t cols, std::size_t tokens,
                   unsigned char* tile) {
  visit_tile_size<Isa>(tokens, [&]<int T>() {
    auto* groups = reinterpret_cast<ActivationGroup<T>*>(tile);
    for (std::size_t g = 0; g < cols / kColsPerGroup; ++g) {
      quantize_group<Isa, T>(x + g * kColsPerGroup, cols, groups[g]);
    }
  });
}

}  // namespace etllm::kernels
