#include "kernels/moe/expert_mlp.h"

#include <algorithm>
#include <memory>
#include <new>

#include "kernels/dispatch/select.h"
#include "kernels/linear/linear.h"
#include "kernels/threading/parallel.h"
#include "kernels/threading/scratch.h"

namespace etllm::kernels {
namespace {

// Tokens that are mixed at a time; bounds the memory for what is between the
// products.
constexpr std::size_t kTokensPerPass = 1024;
// Tokens that are worth a thread where they are chosen for, or added up.
constexpr std::size_t kTokenGrain = 8;

template <class T>
std::unique_ptr<T[]> allocate(std::size_t rows, std::size_t width) {
  std::size_t count = 0;
  if (__builtin_mul_overflow(rows, width, &count) ||
      count > PTRDIFF_MAX / sizeof(T)) {
    return nullptr;
  }
  return std::unique_ptr<T[]>(new (std::nothrow) T[count]);
}

/// A token of an expert.
struct Visit {
  std::size_t token;
  float weight;
};

class Mixer {
 public:
  Mixer(const ExpertMlp& mlp, std::size_t tokens)
      : mlp_(mlp),
        tokens_(tokens),
        dim_(mlp.router.cols()),
        hidden_size_(mlp.gate.shape().rows),
        experts_(mlp.router.rows()),
        logits_(allocate<float>(tokens, experts_)),
        shares_(allocate<ExpertShare>(tokens, mlp.rule.active)),
        visits_(allocate<Visit>(tokens, mlp.rule.active)),
        ends_(allocate<std::size_t>(experts_ + 1, 1)),
        x_(allocate<float>(tokens, dim_)),
        hidden_(allocate<float>(tokens, hidden_size_)),
        results_(allocate<float>(tokens, dim_)) {}

  bool has_memory() const {
    return logits_ && shares_ && visits_ && ends_ && x_ && hidden_ && results_;
  }

  /// Adds the experts' results to `out`.
  void mix(const float* x, std::size_t tokens, float* out) {
    choose(x, tokens);
    group(tokens);
    std::size_t first = 0;
    for (std::size_t e = 0; e < experts_; ++e) {
      if (first < ends_[e]) run_expert(e, first, x, out);
      first = ends_[e];
    }
  }

 private:
  void choose(const float* x, std::size_t tokens) {
    const LinearTarget target{mlp_.router, logits_.get(), experts_};
    linear(x, tokens, {&target, 1}, nullptr, ActivationBits::k32);
    parallel_for(tokens, kTokenGrain, [&](std::size_t begin, std::size_t end) {
      auto* order = reinterpret_cast<std::uint32_t*>(
          task_scratch(experts_ * sizeof(std::uint32_t)));
      const std::size_t active = mlp_.rule.active;
      for (std::size_t t = begin; t < end; ++t) {
        share_token({logits_.get() + t * experts_, experts_}, mlp_.rule,
                    {order, experts_}, {shares_.get() + t * active, active});
      }
    });
  }

  /// Sorts the shares by their experts, and of one expert by the tokens.
  void group(std::size_t tokens) {
    const std::size_t count = tokens * mlp_.rule.active;
    std::fill_n(ends_.get(), experts_ + 1, std::size_t{0});
    for (std::size_t i = 0; i < count; ++i) ++ends_[shares_[i].expert + 1];
    for (std::size_t e = 0; e < experts_; ++e) ends_[e + 1] += ends_[e];
    // Each start moves to its expert's end.
    for (std::size_t i = 0; i < count; ++i) {
      visits_[ends_[shares_[i].expert]++] = {i / mlp_.rule.active,
                                             shares_[i].weight};
    }
  }

  /// The visits from `first` to the expert's end.
  void run_expert(std::size_t expert, std::size_t first, const float* x,
                  float* out) {
    const Visit* visits = visits_.get() + first;
    const std::size_t count = ends_[expert] - first;
    for (std::size_t i = 0; i < count; ++i) {
      std::copy_n(x + visits[i].token * dim_, dim_, x_.get() + i * dim_);
    }
    // A unit for products of matrices leaves single tokens to the vectors,
    // whose results are others: who else came to an expert would be seen.
    const bool is_doubled = count == 1 && multiplies_in_tiles(tokens_);
    if (is_doubled) std::copy_n(x_.get(), dim_, x_.get() + dim_);
    multiply(expert, is_doubled ? 2 : count);
    const KernelSet& kernels = active_kernels();
    parallel_for(count, kTokenGrain, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        kernels.add_scaled(results_.get() + i * dim_, visits[i].weight, dim_,
                           out + visits[i].token * dim_);
      }
    });
  }

  /// The expert's results for the first `count` rows of `x_`.
  void multiply(std::size_t expert, std::size_t count) {
    gated_linear(x_.get(), count,
                 {mlp_.gate.at(expert), mlp_.up.at(expert), mlp_.function},
                 hidden_.get());
    const LinearTarget target{mlp_.down.at(expert), results_.get(), dim_};
    linear(hidden_.get(), count, {&target, 1});
  }

  const ExpertMlp& mlp_;
  std::size_t tokens_;  ///< Of the largest call of `mix`.
  std::size_t dim_;
  std::size_t hidden_size_;
  std::size_t experts_;
  std::unique_ptr<float[]> logits_;        ///< [tokens][experts]
  std::unique_ptr<ExpertShare[]> shares_;  ///< [tokens][active]
  std::unique_ptr<Visit[]> visits_;        ///< By expert.
  std::unique_ptr<std::size_t[]> ends_;    ///< Of each expert's visits.
  // Of one expert's tokens.
  std::unique_ptr<float[]> x_;        ///< [tokens][dim]
  std::unique_ptr<float[]> hidden_;   ///< [tokens][hidden]
  std::unique_ptr<float[]> results_;  ///< [tokens][dim]
};

}  // namespace

std::optional<ExpertMatrices> ExpertMatrices::view(
    std::span<const std::byte> bytes, std::int64_t format, const Shape& shape) {
  const auto each = weight_bytes(format, shape.rows, shape.cols);
  std::size_t all = 0;
  if (!each || shape.experts == 0 ||
      __builtin_mul_overflow(*each, shape.experts, &all) ||
      all != bytes.size()) {
    return std::nullopt;
  }
  ExpertMatrices matrices;
  matrices.bytes_ = bytes;
  matrices.format_ = format;
  matrices.shape_ = shape;
  return matrices;
}

WeightMatrix ExpertMatrices::at(std::size_t expert) const {
  const std::size_t size = bytes_.size() / shape_.experts;
  return *WeightMatrix::view(bytes_.subspan(expert * size, size), format_,
                             shape_.rows, shape_.cols);
}

bool mix_experts(const float* x, std::size_t tokens, const ExpertMlp& mlp,
                 const float* residual, float* out) {
  const std::size_t dim = mlp.router.cols();
  std::copy_n(residual, tokens * dim, out);
  Mixer mixer(mlp, std::min(tokens, kTokensPerPass));
  if (!mixer.has_memory()) return false;
  for (std::size_t t = 0; t < tokens; t += kTokensPerPass) {
    mixer.mix(x + t * dim, std::min(kTokensPerPass, tokens - t), out + t * dim);
  }
  return true;
}

}  // namespace etllm::kernels
