#pragma once

// The nonlinear functions between the products of a feed-forward layer.
// Templated like multiply_quantized.h.

#include "kernels/isa/elementwise.h"

namespace etllm::kernels {

/// The share of a normal distribution that is above `x` >= 0, within 4e-7 of
/// itself: e^(-x^2 / 2) times a polynomial in t = 1 / (1 + 0.3 x / sqrt(2)),
/// which was fitted to erfc(x / sqrt(2)) e^(x^2 / 2) / (2 t).
template <class Isa>
inline typename Isa::F normal_tail(typename Isa::F x) {
  using F = typename Isa::F;
  const F t = 1.0f / (1.0f + x * 0.21213203f);
  F sum = Isa::set1(-0.12952325f);
  sum = Isa::fma(sum, t, Isa::set1(0.48556495f));
  sum = Isa::fma(sum, t, Isa::set1(-0.51228184f));
  sum = Isa::fma(sum, t, Isa::set1(0.54772455f));
  sum = Isa::fma(sum, t, Isa::set1(-0.094654f));
  sum = Isa::fma(sum, t, Isa::set1(0.21492754f));
  sum = Isa::fma(sum, t, Isa::set1(0.14833876f));
  sum = Isa::fma(sum, t, Isa::set1(0.17071529f));
  sum = Isa::fma(sum, t, Isa::set1(0.169188f));
  return 0.5f * t * sum * exponential<Isa>(x * x * -0.5f);
}

/// e^x where it is added to 1, or infinity.
template <class Isa>
inline typename Isa::F exponential_term(typename Isa::F x) {
  if constexpr (requires { Isa::exponential(x); }) {
    return Isa::exponential(x);
  } else {
    return exponential<Isa>(x);
  }
}

/// x / (1 + e^-x), https://arxiv.org/abs/1702.03118.
template <class Isa>
inline typename Isa::F silu(typename Isa::F x) {
  return x / (1.0f + exponential_term<Isa>(-x));
}

/// x P(X <= x) of a normal X, https://arxiv.org/abs/1606.08415.
template <class Isa>
inline typename Isa::F gelu(typename Isa::F x) {
  const auto tail = normal_tail<Isa>(Isa::max(x, -x));
  return x * (x > Isa::set1(0.0f) ? 1.0f - tail : tail);
}

/// The same paper's approximation, 0.5 x (1 + tanh(u)), which is the logistic
/// function of 2 u = 2 sqrt(2 / pi) (x + 0.044715 x^3) times x.
template <class Isa>
inline typename Isa::F gelu_tanh(typename Isa::F x) {
  const auto cubic = Isa::fma(x * x, Isa::set1(0.044715f), Isa::set1(1.0f));
  return x / (1.0f + exponential_term<Isa>(x * cubic * -1.5957691f));
}

template <class Isa, ActivationFunction Function>
inline typename Isa::F activate(typename Isa::F x) {
  if constexpr (Function == ActivationFunction::kSilu) {
    return silu<Isa>(x);
  } else if constexpr (Function == ActivationFunction::kGelu) {
    return gelu<Isa>(x);
  } else if constexpr (Function == ActivationFunction::kGeluTanh) {
    return gelu_tanh<Isa>(x);
  } else if constexpr (Function == ActivationFunction::kRelu) {
    return Isa::max(Isa::set1(0.0f), x);
  } else if constexpr (Function == ActivationFunction::kReluSquared) {
    const auto positive = Isa::max(Isa::set1(0.0f), x);
    return positive * positive;
  } else {
    return x;
  }
}

/// Calls `run.operator()<Function>()`.
template <class Run>
inline void visit_activation(ActivationFunction function, Run&& run) {
  switch (function) {
    case ActivationFunction::kNone:
      return run.template operator()<ActivationFunction::kNone>();
    case ActivationFunction::kSilu:
      return run.template operator()<ActivationFunction::kSilu>();
    case ActivationFunction::kGelu:
      return run.template operator()<ActivationFunction::kGelu>();
    case ActivationFunction::kGeluTanh:
      return run.template operator()<ActivationFunction::kGeluTanh>();
    case ActivationFunction::kRelu:
      return run.template operator()<ActivationFunction::kRelu>();
    case ActivationFunction::kReluSquared:
      return run.template operator()<ActivationFunction::kReluSquared>();
  }
}

/// Some values plus those of a bias, unless that is null.
template <class Isa>
inline typename Isa::F load_biased(const float* x, const float* bias,
                                   std::size_t i, std::size_t count) {
  const auto value = load_part<Isa>(x + i, count);
  return bias == nullptr ? value : value + load_part<Isa>(bias + i, count);
}

template <class Isa>
void finish_rows(const RowRange& rows, const float* bias,
                 ActivationFunction function) {
  visit_activation(function, [&]<ActivationFunction kFunction>() {
    for (std::size_t row = 0; row < rows.count; ++row) {
      float* x = rows.data + row * rows.stride;
      for_each_vector_of<Isa>(
          rows.width, [&](std::size_t i, std::size_t count) {
            const auto value = load_biased<Isa>(x, bias, i, count);
            store_part<Isa>(x + i, activate<Isa, kFunction>(value), count);
          });
    }
  });
}

template <class Isa>
void multiply_gated_rows(const GatedRows& in, const RowRange& out) {
  visit_activation(in.function, [&]<ActivationFunction kFunction>() {
    for (std::size_t row = 0; row < out.count; ++row) {
      const float* gate = in.gate + row * in.stride;
      const float* up = in.up + row * in.stride;
      float* target = out.data + row * out.stride;
      for_each_vector_of<Isa>(out.width, [&](std::size_t i, std::size_t count) {
        const auto gates = load_biased<Isa>(gate, in.gate_bias, i, count);
        const auto ups = load_biased<Isa>(up, in.up_bias, i, count);
        store_part<Isa>(target + i, activate<Isa, kFunction>(gates) * ups,
                        count);
      });
    }
  });
}

}  // namespace etllm::kernels
