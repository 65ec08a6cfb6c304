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

/// What zero points of the weights are multiplied by: the sums of the first and
/// of the last sixteen values.
struct GroupSums {
  std::int32_t halves[2];
};

/// What is stored of a group's values in units of its scale.
enum class GroupPart {
  kValues,  ///< Rounded to nearest.
  kRests,   ///< What that leaves, in 1/254 of the unit.
};

/// Writes [step][4] to `out`, one step each `Stride` bytes.
template <class Isa, GroupPart Part, std::size_t Stride>
inline GroupSums store_group(const float* x, float inverse_scale,
                             std::int8_t* out) {
  constexpr std::size_t kHalf = kColsPerGroup / 2;
  GroupSums sums;
  for (std::size_t half = 0; half < 2; ++half) {
    alignas(16) std::int8_t bytes[kHalf];
    std::int8_t* rounded_bytes = Stride == 4 ? out + half * kHalf : bytes;
    typename Isa::I total = Isa::set1(0);
    for (std::size_t i = 0; i < kHalf; i += Isa::kLanes) {
      const typename Isa::F value =
          Isa::min(Isa::max(Isa::load(x + half * kHalf + i) * inverse_scale,
                            Isa::set1(-127.0f)),
                   Isa::set1(127.0f));
      typename Isa::I rounded = Isa::round(value);
      if constexpr (Part == GroupPart::kRests) {
        rounded = Isa::round((value - Isa::to_float(rounded)) * 254.0f);
      }
      Isa::store_narrow(rounded_bytes + i, rounded);
      total += rounded;
    }
    sums.halves[half] = Isa::reduce_add(total);
    if constexpr (Stride == 4) continue;
    for (std::size_t step = 0; step < kHalf / 4; ++step) {
      __builtin_memcpy(out + (half * kHalf / 4 + step) * Stride,
                       bytes + 4 * step, 4);
    }
  }
  return sums;
}

/// Stores a token's values or rests, and what follows from them.
template <class Isa, GroupPart Part, int T>
inline void quantize_token(const float* x, float inverse_scale, float scale,
                           int t, ActivationGroup<T>& group) {
  const GroupSums sums = store_group<Isa, Part, sizeof group.values[0]>(
      x, inverse_scale, group.values[0][t]);
  const std::int32_t sum = sums.halves[0] + sums.halves[1];
  group.scales[t] = scale;
  group.scaled_sums[t] = scale * static_cast<float>(sum);
  group.offsets[0][t] = -8 * sum;
  group.offsets[1][t] = -8 * sums.halves[0];
  group.offsets[2][t] = -8 * sums.halves[1];
}

/// The same of a token that has nothing there.
template <int T>
inline void clear_token(int t, ActivationGroup<T>& group) {
  for (auto& step : group.values) __builtin_memset(step[t], 0, sizeof step[t]);
  group.scales[t] = 0.0f;
  group.scaled_sums[t] = 0.0f;
  for (auto& offsets : group.offsets) offsets[t] = 0;
}

template <class Isa>
inline float inverse_scale(float magnitude) {
  return magnitude > 0 ? 127.0f / magnitude : 0.0f;
}

/// What the rounding of a group left to the tokens that have outliers in it;
/// the others have nothing, so that a token does not depend on its neighbours.
template <class Isa, int T>
inline void quantize_rests(const float* x, std::size_t cols,
                           const bool (&has_outlier)[T],
                           const float (&magnitudes)[T],
                           ActivationGroup<T>& rests) {
  for (int t = 0; t < T; ++t) {
    if (!has_outlier[t]) {
      clear_token<T>(t, rests);
      continue;
    }
    quantize_token<Isa, GroupPart::kRests, T>(
        x + t * cols, inverse_scale<Isa>(magnitudes[t]),
        magnitudes[t] / 127.0f / 254.0f, t, rests);
  }
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
    for (int t = 0; t < T; ++t) {
      quantize_token<Isa, GroupPart::kValues, T>(
          source + t * cols, inverse_scale<Isa>(magnitudes[t]),
          magnitudes[t] / 127.0f, t, groups[g]);
    }
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
    const float inverse = inverse_scale<Isa>(magnitude);
    quantize_token<Isa, GroupPart::kValues, 2>(
        source, inverse, magnitude / 127.0f, 0, groups[g]);
    quantize_token<Isa, GroupPart::kRests, 2>(
        source, inverse, magnitude / (127.0f * 254.0f), 1, groups[g]);
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
