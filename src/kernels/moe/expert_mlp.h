#pragma once

// A mixture of experts (https://arxiv.org/abs/1701.06538) with gated
// feed-forward layers, whose matrices are in the formats of
// formats/weight_format.h.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "kernels/formats/activation_function.h"
#include "kernels/linear/weight_matrix.h"
#include "kernels/moe/expert_choice.h"

namespace etllm::kernels {

/// Matrices of one shape, one for each expert, one after the other. Borrows
/// the bytes.
class ExpertMatrices {
 public:
  struct Shape {
    std::size_t experts;
    std::size_t rows;
    std::size_t cols;
  };

  /// nullopt as `WeightMatrix::view`.
  static std::optional<ExpertMatrices> view(std::span<const std::byte> bytes,
                                            std::int64_t format,
                                            const Shape& shape);

  const Shape& shape() const { return shape_; }
  WeightMatrix at(std::size_t expert) const;

 private:
  ExpertMatrices() = default;

  std::span<const std::byte> bytes_;
  std::int64_t format_ = 0;
  Shape shape_{};
};

struct ExpertMlp {
  WeightMatrix router;  ///< [experts][dim]
  ExpertMatrices gate;  ///< [hidden][dim]
  ExpertMatrices up;    ///< [hidden][dim]
  ExpertMatrices down;  ///< [dim][hidden]
  ActivationFunction function;
  ExpertRule rule;
};

/// `out[t] = residual[t] + sum of share * down(function(gate x[t]) * up x[t])`
/// over the experts of a token; all are [tokens][dim]. Logits are computed in
/// f32, and what becomes of a token does not depend on the others. False when
/// there is not enough memory; `out` means nothing then.
[[nodiscard]] bool mix_experts(const float* x, std::size_t tokens,
                               const ExpertMlp& mlp, const float* residual,
                               float* out);

}  // namespace etllm::kernels
