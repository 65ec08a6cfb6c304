#pragma once

// Scores to weights. Templated like multiply_quantized.h. Rows of scores have
// room for whole vectors beyond their length.

#include "kernels/isa/elementwise.h"

namespace etllm::kernels {

/// Fills the rest of the last vector with `value`.
template <class Isa>
inline void pad_scores(float* scores, std::size_t length, float value) {
  for (std::size_t p = length; p % Isa::kLanes != 0; ++p) scores[p] = value;
}

/// The largest score, at least `floor`. Pads with minus infinity.
template <class Isa>
inline float largest_score(float* scores, std::size_t length, float floor) {
  pad_scores<Isa>(scores, length, -__builtin_inff());
  auto largest = Isa::set1(floor);
  for (std::size_t p = 0; p < length; p += Isa::kLanes) {
    largest = Isa::max(largest, Isa::load(scores + p));
  }
  return Isa::reduce_max(largest);
}

/// Turns scores into e^(score - largest) in place, those that are padded with
/// minus infinity into zeros; returns their sum.
template <class Isa>
inline float exponentials(float* scores, std::size_t length, float largest) {
  auto sum = Isa::set1(0.0f);
  for (std::size_t p = 0; p < length; p += Isa::kLanes) {
    const auto weight =
        exponential_or_zero<Isa>(Isa::load(scores + p) - largest);
    Isa::store(scores + p, weight);
    sum += weight;
  }
  return Isa::reduce_add(sum);
}

}  // namespace etllm::kernels
