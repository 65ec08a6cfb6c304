#pragma once

// Activations to 8 bits. Templated like multiply_quantized.h.

#include "kernels/dispatch/kernel_set.h"
#include "kernels/formats/weight_format.h"

namespace etllm::kernels {

// A group whose magnitude is so many times the mean of the groups, the largest
// one left out, has outliers: a step of 1/127 of it would drown what else is in
// the group.
inline constexpr float kOutlierRatio = 6.0f;

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

/// A group's values in units of its scale, rounded to nearest, and what that
/// leaves in 1/254 of the unit; [step][4].
template <class Isa>
struct RoundedGroup {
  RoundedGroup(const float* x, float inverse_scale) {
    for (std::size_t i = 0; i < kColsPerGroup; i += Isa::kLanes) {
      const typename Isa::F value = Isa::load(x + i) * inverse_scale;
      const typename Isa::I rounded = Isa::round(value);
      Isa::store_narrow(values + i, rounded);
      const typename Isa::F rest = value - Isa::to_float(rounded);
      Isa::store_narrow(rests + i, Isa::round(rest * 254.0f));
    }
  }

  std::int8_t values[kColsPerGroup];
  std::int8_t rests[kColsPerGroup];
};

template <class Isa, int T>
inline void store_values(const std::int8_t (&values)[kColsPerGroup], int t,
                         ActivationGroup<T>& group) {
  for (std::size_t step = 0; step < 8; ++step) {
    __builtin_memcpy(group.values[step][t], values + 4 * step, 4);
  }
}

/// The sums of each token's values of four steps from `step` on.
template <class Isa, int T>
inline void sum_four_steps(const ActivationGroup<T>& group, std::size_t step,
                           std::int32_t (&sums)[T]) {
  using I = typename Isa::I;
  constexpr std::size_t kAll = sizeof group.values / 2;
  constexpr std::size_t kBytes = sizeof(I) < kAll ? sizeof(I) : kAll;
  static_assert(kBytes / 4 % T == 0, "a lane belongs to one token");
  const typename Isa::Bytes ones = typename Isa::Bytes{} + 1;
  const std::int8_t* source = group.values[step][0];
  I total = Isa::set1(0);
  for (std::size_t i = 0; i < kAll; i += kBytes) {
    I values = Isa::set1(0);
    __builtin_memcpy(&values, source + i, kBytes);
    total = Isa::dot_nibbles(total, ones, values);
  }
  for (int t = 0; t < T; ++t) sums[t] = 0;
  for (std::size_t lane = 0; lane < kBytes / 4; ++lane) {
    sums[lane % T] += total[lane];
  }
}

/// What follows from the values and scales.
template <class Isa, int T>
inline void finish_group(ActivationGroup<T>& group) {
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

template <class Isa>
inline float inverse_scale(float magnitude) {
  return magnitude > 0 ? 127.0f / magnitude : 0.0f;
}

/// One group of T tokens, whose rows are `cols` apart; `group.scales` are the
/// magnitudes at first.
template <class Isa, int T>
inline void quantize_group(const float* x, std::size_t cols,
                           ActivationGroup<T>& group) {
  for (int t = 0; t < T; ++t) {
    const RoundedGroup<Isa> rounded(x + t * cols,
                                    inverse_scale<Isa>(group.scales[t]));
    store_values<Isa, T>(rounded.values, t, group);
  }
  for (int t = 0; t < T; ++t) group.scales[t] /= 127.0f;
  finish_group<Isa, T>(group);
}

/// What the rounding of a group left to the tokens that have outliers in it;
/// the others have nothing, so that a token does not depend on its neighbours.
template <class Isa, int T>
inline void quantize_rests(const float* x, std::size_t cols,
                           const bool (&has_outlier)[T],
                           const float (&magnitudes)[T],
                           ActivationGroup<T>& rests) {
  constexpr std::int8_t kNothing[kColsPerGroup] = {};
  for (int t = 0; t < T; ++t) {
    if (has_outlier[t]) {
      const RoundedGroup<Isa> rounded(x + t * cols,
                                      inverse_scale<Isa>(magnitudes[t]));
      store_values<Isa, T>(rounded.rests, t, rests);
    } else {
      store_values<Isa, T>(kNothing, t, rests);
    }
    rests.scales[t] = has_outlier[t] ? magnitudes[t] / 127.0f / 254.0f : 0.0f;
  }
  finish_group<Isa, T>(rests);
}

/// The groups of a tile, then the rests of some of them; see `ActivationGroup`.
template <class Isa, int T>
void quantize_tokens(const float* x, std::size_t cols, unsigned char* tile) {
  const std::size_t count = cols / kColsPerGroup;
  auto* groups = reinterpret_cast<ActivationGroup<T>*>(tile);
  auto* rests = groups + count;
  auto* indices = reinterpret_cast<std::uint32_t*>(rests + count);
  float sums[T] = {};
  float tops[T] = {};
  for (std::size_t g = 0; g < count; ++g) {
    for (int t = 0; t < T; ++t) {
      const float magnitude =
          largest_magnitude<Isa>(x + t * cols + g * kColsPerGroup);
      groups[g].scales[t] = magnitude;
      sums[t] += magnitude;
      tops[t] = magnitude > tops[t] ? magnitude : tops[t];
    }
  }
  float borders[T];
  for (int t = 0; t < T; ++t) {
    borders[t] =
        kOutlierRatio * (sums[t] - tops[t]) / static_cast<float>(count);
  }
  std::uint32_t refined = 0;
  for (std::size_t g = 0; g < count; ++g) {
    const float* source = x + g * kColsPerGroup;
    float magnitudes[T];
    bool has_outlier[T];
    bool has_any = false;
    for (int t = 0; t < T; ++t) {
      magnitudes[t] = groups[g].scales[t];
      has_outlier[t] = magnitudes[t] > borders[t];
      has_any |= has_outlier[t];
    }
    quantize_group<Isa, T>(source, cols, groups[g]);
    if (!has_any) continue;
    quantize_rests<Isa, T>(source, cols, has_outlier, magnitudes,
                           rests[refined]);
    indices[refined++] = static_cast<std::uint32_t>(g);
  }
  indices[count] = refined;
}

/// One token in 16 bits: each group is a pair of its values and their rests.
template <class Isa>
void quantize_16_bits(const float* x, std::size_t cols, unsigned char* tile) {
  auto* groups = reinterpret_cast<ActivationGroup<2>*>(tile);
  for (std::size_t g = 0; g < cols / kColsPerGroup; ++g) {
    const float* source = x + g * kColsPerGroup;
    const float magnitude = largest_magnitude<Isa>(source);
    const RoundedGroup<Isa> rounded(source, inverse_scale<Isa>(magnitude));
    store_values<Isa, 2>(rounded.values, 0, groups[g]);
    store_values<Isa, 2>(rounded.rests, 1, groups[g]);
    groups[g].scales[0] = magnitude / 127.0f;
    groups[g].scales[1] = magnitude / (127.0f * 254.0f);
    finish_group<Isa, 2>(groups[g]);
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
  visit_tile_size<Isa>(
      tokens, [&]<int T>() { quantize_tokens<Isa, T>(x, cols, tile); });
}

}  // namespace etllm::kernels
