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
  float* out;                   ///< Row `t` starts at `out + t * out_stride`.
  std::size_t out_stride;       ///< In floats, at least `weight.rows()`.
  const float* bias = nullptr;  ///< [rows]; null where there is none.
  ActivationFunction function = ActivationFunction::kNone;
};

/// Two matrices of one shape, the first of which gates the second.
struct GatedMatrices {
  WeightMatrix gate;
  WeightMatrix up;
  ActivationFunction function = ActivationFunction::kSilu;
  const float* gate_bias = nullptr;  ///< [rows]; null where there is none.
  const float* up_bias = nullptr;
};

/// `out[t] = function(W x[t] + bias)` for every target; `x` is [tokens][cols]
/// and all matrices have that many columns. With a `residual`
/// ([tokens][rows]), which needs a single target, that is added to the product
/// first. Nothing may overlap.
void linear(const float* x, std::size_t tokens,
            std::span<const LinearTarget> targets,
            const float* residual = nullptr,
            ActivationBits bits = ActivationBits::k8);

/// `out[t] = function(gate x[t] + gate_bias) * (up x[t] + up_bias)`,
/// [tokens][rows].
void gated_linear(const float* x, std::size_t tokens,
                  const GatedMatrices& matrices, float* out);

}  // namespace etllm::kernels
