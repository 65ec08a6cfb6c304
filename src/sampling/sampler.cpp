#include <executorch/extension/llm/sampler/sampler.h>

#include <algorithm>

#include "sampling/sampler_chain.h"
#include "sampling/tensor_logits.h"

namespace executorch::extension::llm {
namespace {

using ::etllm::sampling::SamplerChain;
using ::etllm::sampling::SamplingParams;

std::unique_ptr<SamplerChain> make_chain(SamplingParams params) {
  // A constructor cannot fail: what makes no sense is greedy, or off.
  if (!(params.temperature > 0.0f)) params.temperature = 0.0f;
  if (!(params.top_p > 0.0f) || !(params.top_p < 1.0f)) params.top_p = 1.0f;
  auto chain = std::make_unique<SamplerChain>();
  chain->configure(params);
  return chain;
}

}  // namespace

Sampler::Sampler(int32_t vocab_size, float temperature, float topp,
                 unsigned long long rng_seed)
    : vocab_size_(std::max(vocab_size, 0)) {
  SamplingParams params;
  params.temperature = temperature;
  params.top_p = topp;
  params.seed = rng_seed;
  chain_ = make_chain(params);
}

Sampler::Sampler(int32_t vocab_size, float temperature)
    : vocab_size_(std::max(vocab_size, 0)) {
  SamplingParams params;
  params.temperature = temperature;
  chain_ = make_chain(params);
}

Sampler::Sampler(Sampler&&) noexcept = default;
Sampler& Sampler::operator=(Sampler&&) noexcept = default;
Sampler::~Sampler() = default;

template <typename T>
int32_t Sampler::sample(const T* logits) {
  if (logits == nullptr) return -1;
  const auto size = static_cast<std::size_t>(vocab_size_);
  const auto token =
      chain_->sample(::etllm::sampling::as_floats(logits, size, *chain_));
  return token.ok() ? *token : -1;
}

template int32_t Sampler::sample<float>(const float*);
template int32_t Sampler::sample<uint16_t>(const uint16_t*);
template int32_t Sampler::sample<::executorch::aten::Half>(
    const ::executorch::aten::Half*);
template int32_t Sampler::sample<::executorch::aten::BFloat16>(
    const ::executorch::aten::BFloat16*);

}  // namespace executorch::extension::llm
