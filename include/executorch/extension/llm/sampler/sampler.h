#pragma once

// Selects a token from logits: greedily, or at random by temperature and
// top-p. For all options see GenerationConfig.
//
//   Sampler sampler(vocab_size, 0.7f, 0.9f, /*rng_seed=*/42);
//   int32_t token = sampler.sample(logits);

#include <executorch/runtime/core/exec_aten/exec_aten.h>

#include <cstdint>
#include <memory>

namespace etllm::sampling {
class SamplerChain;
}

namespace executorch {
namespace extension {
namespace llm {

/// Owns its random number generator; one thread at a time.
class Sampler {
 public:
  /// `temperature` 0 is greedy; `topp` outside (0, 1) keeps every token. The
  /// same seed gives the same tokens, and every seed is good.
  Sampler(int32_t vocab_size, float temperature, float topp,
          unsigned long long rng_seed);
  /// No top-p, and a seed from the system's entropy.
  Sampler(int32_t vocab_size, float temperature);
  Sampler(Sampler&&) noexcept;
  Sampler& operator=(Sampler&&) noexcept;
  ~Sampler();

  /// Selects one of `vocab_size` logits, which stay unchanged. T is float,
  /// executorch::aten::Half, executorch::aten::BFloat16 or uint16_t. Returns
  /// -1 when no token can be selected: a NaN, or nothing but -infinity.
  template <typename T>
  int32_t sample(const T* logits);

  /// The number of logits that `sample` reads.
  int32_t vocab_size() const { return vocab_size_; }

 private:
  int32_t vocab_size_;
  std::unique_ptr<::etllm::sampling::SamplerChain> chain_;
};

}  // namespace llm
}  // namespace extension
}  // namespace executorch
