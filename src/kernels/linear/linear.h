#pragma once

// Products of activations and weight matrices, cut over the threads.

#include <cstddef>
#include <span>

#include "kernels/linear/activations.h"
#include "kernels/linear/weight_matrix.h"

namespace etllm::kernels {

/// One matrix of a product, and where its results go.
struct LinearTarget {
  WeightMatrix weight;
  float* out;              ///< Row `t` starts at `out + t * out_stride`.
  std::size_t out_stride;  ///< In floats, at least `weight.rows()`.
};

/// `out[t] = W x[t]` for every target; `x` is [tokens][cols] and all matrices
/// have that many columns. With a `residual` ([tokens][rows]), which needs a
/// single target, `out[t] = residual[t] + W x[t]`. Nothing may overlap.
void linear(const float* x, std::size_t tokens,
            std::span<const LinearTarget> targets,
            const float* residual = nullptr,
            ActivationBits bits = ActivationBits::k8);

/// `out[t] = silu(gate x[t]) * (up x[t])`, [tokens][rows]; the matrices have
/// one shape.
void gated_linear(const float* x, std::size_t tokens, const WeightMatrix& gate,
                  const WeightMatrix& up, float* out);

}  // namespace etllm::kernels
