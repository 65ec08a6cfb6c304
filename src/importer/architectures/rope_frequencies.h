#pragma once

// The arithmetic of scaled rotary embeddings: one inverse frequency for each
// pair of rotated values. Nothing here fails; callers check their numbers.

#include <cstdint>
#include <vector>

namespace etllm::importer {

/// theta^(-2i/size) for each pair, each divided by `divisor` and by its own
/// factor, where there are any.
std::vector<float> rope_frequencies(double theta, std::uint32_t size,
                                    double divisor,
                                    const std::vector<float>& factors);

/// How Llama 3.1 stretches: long wavelengths by `factor`, short ones not.
struct Llama3Scaling {
  double factor = 8;
  double low_frequency_factor = 1;
  double high_frequency_factor = 4;
  double original_context = 8192;
};
/// What each frequency is divided by.
std::vector<float> llama3_factors(double theta, std::uint32_t size,
                                  const Llama3Scaling& scaling);

/// YaRN: pairs that turn often keep their frequency, those that turn less than
/// once are interpolated, with a ramp between.
struct YarnScaling {
  double factor = 1;
  double beta_fast = 32;
  double beta_slow = 1;
  double original_context = 4096;
  bool truncates = true;  ///< The ramp's ends are whole pairs.
};
std::vector<float> yarn_frequencies(double theta, std::uint32_t size,
                                    const YarnScaling& scaling);
/// What YaRN multiplies cosine and sine by.
double yarn_magnitude(double factor, double multiplier);

}  // namespace etllm::importer
