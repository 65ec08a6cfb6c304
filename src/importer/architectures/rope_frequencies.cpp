#include "importer/architectures/rope_frequencies.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace etllm::importer {
namespace {

double frequency(double theta, std::uint32_t size, std::uint32_t pair) {
  return std::pow(theta, -2.0 * pair / size);
}

/// The pair that turns `turns` times within `context` positions.
double pair_of_turns(double turns, double theta, std::uint32_t size,
                     double context) {
  return size * std::log(context / (turns * 2 * std::numbers::pi)) /
         (2 * std::log(theta));
}

}  // namespace

std::vector<float> rope_frequencies(double theta, std::uint32_t size,
                                    double divisor,
                                    const std::vector<float>& factors) {
  std::vector<float> frequencies;
  for (std::uint32_t i = 0; i < size / 2; ++i) {
    const double factor = factors.empty() ? 1.0 : factors[i];
    frequencies.push_back(
        static_cast<float>(frequency(theta, size, i) / (factor * divisor)));
  }
  return frequencies;
}

std::vector<float> llama3_factors(double theta, std::uint32_t size,
                                  const Llama3Scaling& scaling) {
  // Operation by operation in f32, as the tools that write factors into GGUF
  // files compute them: both forms of a model give the same bits.
  const auto factor = static_cast<float>(scaling.factor);
  const auto low = static_cast<float>(scaling.low_frequency_factor);
  const auto high = static_cast<float>(scaling.high_frequency_factor);
  const auto context = static_cast<float>(scaling.original_context);
  const auto turn = static_cast<float>(2 * std::numbers::pi);
  std::vector<float> factors;
  for (std::uint32_t i = 0; i < size / 2; ++i) {
    const float exponent = static_cast<float>(2 * i) / static_cast<float>(size);
    const auto power =
        static_cast<float>(std::pow(theta, static_cast<double>(exponent)));
    const float own = 1.0F / power;
    const float wavelength = 1.0F / own * turn;
    if (wavelength < context / high) {
      factors.push_back(1);
    } else if (wavelength > context / low) {
      factors.push_back(factor);
    } else {
      const float smooth = (1.0F / wavelength * context - low) / (high - low);
      factors.push_back(1.0F / ((1.0F - smooth) / factor + smooth));
    }
  }
  return factors;
}

std::vector<float> yarn_frequencies(double theta, std::uint32_t size,
                                    const YarnScaling& scaling) {
  double low =
      pair_of_turns(scaling.beta_fast, theta, size, scaling.original_context);
  double high =
      pair_of_turns(scaling.beta_slow, theta, size, scaling.original_context);
  if (scaling.truncates) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, static_cast<double>(size) - 1);
  if (low == high) high += 0.001;
  std::vector<float> frequencies;
  for (std::uint32_t i = 0; i < size / 2; ++i) {
    const double interpolated = std::clamp((i - low) / (high - low), 0.0, 1.0);
    const double own = frequency(theta, size, i);
    frequencies.push_back(static_cast<float>(
        own / scaling.factor * interpolated + own * (1 - interpolated)));
  }
  return frequencies;
}

double yarn_magnitude(double factor, double multiplier) {
  return factor <= 1 ? 1 : 0.1 * multiplier * std::log(factor) + 1;
}

}  // namespace etllm::importer
