#pragma once

// Templated like multiply_quantized.h.

#include "kernels/isa/elementwise.h"

namespace etllm::kernels {

/// The hyperbolic tangent, within 3e-7 of its value; NaN stays NaN.
template <class Isa>
inline typename Isa::F hyperbolic_tangent(typename Isa::F x) {
  using F = typename Isa::F;
  // (1 - e^-2|x|) / (1 + e^-2|x|), and where that would lose low bits Lambert's
  // continued fraction.
  const F size = Isa::max(x, -x);
  const auto is_small = size < 0.75f;
  const F power = exponential<Isa>(-2.0f * size);
  const F square = size * size;
  const F odd =
      size * Isa::fma(square,
                      Isa::fma(square, square + 378.0f, Isa::set1(17325.0f)),
                      Isa::set1(135135.0f));
  const F even = Isa::fma(
      square,
      Isa::fma(square, Isa::fma(square, Isa::set1(28.0f), Isa::set1(3150.0f)),
               Isa::set1(62370.0f)),
      Isa::set1(135135.0f));
  const F tangent =
      (is_small ? odd : 1.0f - power) / (is_small ? even : 1.0f + power);
  return x < 0.0f ? -tangent : (x == x ? tangent : x);
}

/// `cap * tanh(x / cap)`, with the cap's inverse beside it.
template <class Isa>
inline typename Isa::F soft_capped(typename Isa::F x, float cap,
                                   float inverse) {
  return hyperbolic_tangent<Isa>(x * inverse) * cap;
}

}  // namespace etllm::kernels
