#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

#include "sampling/filters.h"
#include "sampling/lanes.h"

namespace etllm::sampling {
namespace {

// So many floats are summed up in lanes before they are added to a double.
constexpr std::size_t kBlock = 128 * kLanes;

// e^-86 is the smallest power of e whose parts below are normal numbers.
constexpr float kSmallestExponent = -86.0f;

/// e^x for x <= 0, within three units of the last place; 0 for what would be
/// below 5e-38.
Floats exp_of_nonpositive(Floats x) {
  // x = n ln 2 + r: adding 1.5 * 2^23 rounds to the whole number n and leaves
  // it in the lowest bits.
  constexpr float kRounder = 12582912.0f;
  constexpr float kInverseLn2 = 1.44269504f;
  // ln 2 in two parts, the first one short, so that its product is exact.
  constexpr float kLn2High = 0.693359375f;
  constexpr float kLn2Low = -2.12194440e-4f;
  const Ints is_tiny = x < kSmallestExponent;
  x = is_tiny ? kSmallestExponent - Floats{} : x;
  const Floats rounded = x * kInverseLn2 + kRounder;
  const Floats n = rounded - kRounder;
  const Floats r = (x - n * kLn2High) - n * kLn2Low;
  Floats power = r * (1.0f / 720.0f) + 1.0f / 120.0f;
  power = power * r + 1.0f / 24.0f;
  power = power * r + 1.0f / 6.0f;
  power = power * r + 0.5f;
  power = power * r + 1.0f;
  power = power * r + 1.0f;
  const Ints bits =
      reinterpret_cast<Ints>(power) + (reinterpret_cast<Ints>(rounded) << 23);
  return reinterpret_cast<Floats>(bits & ~is_tiny);
}

/// The exponential of a last, incomplete group of lanes.
double weigh_rest(std::span<const float> exponents, float* weights) {
  std::array<float, kLanes> padded = {};
  std::copy(exponents.begin(), exponents.end(), padded.begin());
  store(padded.data(), exp_of_nonpositive(load(padded.data())));
  double total = 0;
  for (std::size_t i = 0; i < exponents.size(); ++i) {
    weights[i] = padded[i];
    total += padded[i];
  }
  return total;
}

double weigh_block(std::span<const float> logits, float maximum, float scale,
                   float* weights) {
  Floats sums = {};
  std::size_t i = 0;
  for (; i + kLanes <= logits.size(); i += kLanes) {
    const Floats exponents = (load(logits.data() + i) - maximum) * scale;
    const Floats powers = exp_of_nonpositive(exponents);
    store(weights + i, powers);
    sums += powers;
  }
  double total = 0;
  for (std::size_t lane = 0; lane < kLanes; ++lane) total += sums[lane];
  std::array<float, kLanes> rest = {};
  const std::size_t count = logits.size() - i;
  for (std::size_t k = 0; k < count; ++k) {
    rest[k] = (logits[i + k] - maximum) * scale;
  }
  return total + weigh_rest(std::span(rest).first(count), weights + i);
}

}  // namespace

double to_weights(std::span<const float> logits, float maximum,
                  float temperature, std::span<float> weights) {
  double total = 0;
  if (std::isinf(maximum)) {
    // Infinity minus infinity is not a number.
    for (std::size_t i = 0; i < logits.size(); ++i) {
      weights[i] = logits[i] == maximum ? 1.0f : 0.0f;
      total += weights[i];
    }
    return total;
  }
  const float scale =
      std::min(1.0f / temperature, std::numeric_limits<float>::max());
  for (std::size_t begin = 0; begin < logits.size(); begin += kBlock) {
    const std::size_t size = std::min(kBlock, logits.size() - begin);
    total += weigh_block(logits.subspan(begin, size), maximum, scale,
                         weights.data() + begin);
  }
  return total;
}

}  // namespace etllm::sampling
