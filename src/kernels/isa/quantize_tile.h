#pragma once

// Activations to 8 bits. Templated like multiply_quantized.h.

#include "kernels/dispatch/kernel_set.h"
#include "kernels/formats/weight_format.h"

namespace etllm::kernels {

/// One group of token `t`, rounded to nearest.
template <class Isa, int T>
inline void quantize_group(const float* x, int t, ActivationGroup<T>& group) {
  using F = typename Isa::F;
  using I = typename Isa::I;
  constexpr int kVectors = kColsPerGroup / Isa::kLanes;
  F value[kVectors];
  F largest = Isa::set1(0.0f);
  for (int v = 0; v < kVectors; ++v) {
    value[v] = Isa::load(x + v * Isa::kLanes);
    largest = Isa::max(largest, Isa::max(value[v], -value[v]));
  }
  const float magnitude = Isa::reduce_max(largest);
  const float scale = magnitude / 127.0f;
  const F inverse = Isa::set1(magnitude > 0 ? 127.0f / magnitude : 0.0f);
  I half[2] = {Isa::set1(0), Isa::set1(0)};
  std::int8_t values[kColsPerGroup];
  for (int v = 0; v < kVectors; ++v) {
    const I rounded = Isa::round(value[v] * inverse);
    half[v * 2 / kVectors] += rounded;
    Isa::store_narrow(values + v * Isa::kLanes, rounded);
  }
  for (std::size_t step = 0; step < 8; ++step) {
    __builtin_memcpy(group.values[step][t], values + 4 * step, 4);
  }
  const int first = Isa::reduce_add(half[0]);
  const int second = Isa::reduce_add(half[1]);
  group.scales[t] = scale;
  group.scaled_sums[t] = scale * static_cast<float>(first + second);
  group.offsets[0][t] = -8 * (first + second);
  group.offsets[1][t] = -8 * first;
  group.offsets[2][t] = -8 * second;
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
    for (int t = 0; t < T; ++t) {
      for (std::size_t g = 0; g < cols / kColsPerGroup; ++g) {
        quantize_group<Isa, T>(x + t * cols + g * kColsPerGroup, t, groups[g]);
      }
    }
  });
}

}  // namespace etllm::kernels
