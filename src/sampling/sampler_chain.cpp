#include "sampling/sampler_chain.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sampling/filters.h"

namespace etllm::sampling {

Status validate(const SamplingParams& params) {
  if (!(params.temperature >= 0.0f) || !std::isfinite(params.temperature)) {
    return invalid_argument(
        "the temperature must be 0 (always the likeliest token) or above");
  }
  if (params.top_k < 0) {
    return invalid_argument("top_k must be 0 (keep all tokens) or above");
  }
  if (!(params.top_p > 0.0f) || !(params.top_p <= 1.0f)) {
    return invalid_argument("top_p must be above 0 and at most 1");
  }
  if (!(params.min_p >= 0.0f) || !(params.min_p <= 1.0f)) {
    return invalid_argument("min_p must be from 0 to 1");
  }
  if (!(params.repetition_penalty > 0.0f) ||
      !std::isfinite(params.repetition_penalty)) {
    return invalid_argument("repetition_penalty must be above 0 (1 is off)");
  }
  if (!std::isfinite(params.presence_penalty) ||
      !std::isfinite(params.frequency_penalty)) {
    return invalid_argument(
        "presence_penalty and frequency_penalty must be numbers");
  }
  return {};
}

void SamplerChain::configure(const SamplingParams& params) {
  params_ = params;
  history_.clear();
  if (params.seed.has_value()) {
    random_.seed(*params.seed);
    is_seeded_ = true;
  } else if (has_callers_seed_) {
    is_seeded_ = false;
  }
  has_callers_seed_ = params.seed.has_value();
}

std::span<float> SamplerChain::logits_buffer(std::size_t size) {
  if (logits_.size() < size) logits_.resize(size);
  return std::span(logits_).first(size);
}

Result<std::int32_t> SamplerChain::sample(std::span<const float> logits) {
  if (params_.has_penalties()) logits = penalized(logits);
  // Top-k alone needs no weights but those of the k.
  blocks_.summarize(logits, params_.top_k > 0 ? 0.0f : params_.temperature);
  if (blocks_.has_nan()) {
    return invalid_data("the model's logits are not numbers (NaN)");
  }
  if (!(blocks_.maximum() > -std::numeric_limits<float>::infinity())) {
    return invalid_data("no token can be selected: every logit is -infinity");
  }
  if (params_.temperature == 0.0f) return argmax(blocks_);
  return select();
}

std::span<const float> SamplerChain::penalized(std::span<const float> logits) {
  const std::span<float> buffer = logits_buffer(logits.size());
  if (buffer.data() != logits.data()) {
    std::copy(logits.begin(), logits.end(), buffer.begin());
  }
  apply_penalties(params_, history_, buffer);
  return buffer;
}

std::int32_t SamplerChain::select() {
  const float top_p = params_.top_p;
  if (params_.top_k == 0 && top_p >= 1.0f && params_.min_p <= 0.0f) {
    return draw(blocks_, uniform());
  }
  double total = blocks_.total();
  if (params_.top_k > 0) {
    select_top_k(blocks_, params_.top_k, candidates_);
    total = weigh(blocks_.maximum(), params_.temperature, candidates_);
  } else if (!select_nucleus(blocks_, top_p, params_.min_p, candidates_)) {
    return draw_from_nucleus();
  }
  apply_top_p(top_p, total, candidates_);
  apply_min_p(params_.min_p, candidates_);
  return draw(candidates_, uniform());
}

std::int32_t SamplerChain::draw_from_nucleus() {
  // A token belongs to the nucleus when all that is likelier has less than its
  // share. One that does not belong shows that nothing less likely does.
  const double share = params_.top_p < 1.0f
                           ? double{params_.top_p} * blocks_.total()
                           : std::numeric_limits<double>::infinity();
  for (;;) {
    const std::int32_t id = draw(blocks_, uniform());
    const float weight = blocks_.keep_likelier_than(id);
    if (blocks_.total() < share && weight >= params_.min_p) return id;
  }
}

double SamplerChain::uniform() {
  if (!is_seeded_) {
    std::random_device entropy;
    random_.seed((std::uint64_t{entropy()} << 32) | entropy());
    is_seeded_ = true;
  }
  return static_cast<double>(random_() >> 11) * 0x1.0p-53;
}

}  // namespace etllm::sampling
