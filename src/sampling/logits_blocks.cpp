#include "sampling/logits_blocks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "kernels/dispatch/select.h"
#include "sampling/filters.h"

namespace etllm::sampling {

void LogitsBlocks::summarize(std::span<const float> logits, float temperature) {
  logits_ = logits;
  temperature_ = temperature;
  const std::size_t blocks = (logits.size() + kBlock - 1) / kBlock;
  maxima_.resize(blocks);
  masses_.resize(blocks);
  const bool is_weighed = temperature > 0.0f;
  has_nan_ = kernels::active_kernels().summarize_blocks(
      logits.data(), logits.size(), softmax_scale(temperature), maxima_.data(),
      is_weighed ? masses_.data() : nullptr);
  limit_ = {};
  maximum_ = -std::numeric_limits<float>::infinity();
  for (const float maximum : maxima_) maximum_ = std::max(maximum_, maximum);
  if (is_weighed) weigh_blocks();
}

std::span<const float> LogitsBlocks::block(std::size_t i) const {
  const std::size_t begin = i * kBlock;
  return logits_.subspan(begin, std::min(kBlock, logits_.size() - begin));
}

double LogitsBlocks::weigh(std::size_t i, std::span<float> weights) const {
  const auto logits = block(i);
  // Of equals, those before the limit are the likelier ones.
  const auto end = static_cast<std::size_t>(limit_.id);
  const std::size_t equals =
      std::min(end - std::min(end, i * kBlock), logits.size());
  const float above = std::nextafter(limit_.weight, 2.0f);
  return to_weights(logits.first(equals), maximum_, temperature_, limit_.weight,
                    weights.first(equals)) +
         to_weights(logits.subspan(equals), maximum_, temperature_, above,
                    weights.subspan(equals));
}

float LogitsBlocks::keep_likelier_than(std::int32_t id) {
  std::array<float, kBlock> buffer;
  const auto weights_in = [&](std::size_t i) {
    return std::span(buffer).first(block(i).size());
  };
  const std::size_t own = static_cast<std::size_t>(id) / kBlock;
  weigh(own, weights_in(own));
  limit_ = {buffer[static_cast<std::size_t>(id) % kBlock], id};
  total_ = 0;
  for (std::size_t i = 0; i < size(); ++i) {
    // The factor is the weight of the block's maximum.
    const bool has_any = weights_[i] > 0.0 && factors_[i] >= limit_.weight;
    weights_[i] = has_any ? weigh(i, weights_in(i)) : 0.0;
    total_ += weights_[i];
  }
  return limit_.weight;
}

void LogitsBlocks::weigh_blocks() {
  factors_.resize(maxima_.size());
  weights_.resize(maxima_.size());
  // A block's mass is relative to its own maximum.
  to_weights(maxima_, maximum_, temperature_, 0.0f, factors_);
  total_ = 0;
  for (std::size_t i = 0; i < maxima_.size(); ++i) {
    weights_[i] = factors_[i] > 0.0f ? double{factors_[i]} * mass_of(i) : 0.0;
    total_ += weights_[i];
  }
}

double LogitsBlocks::mass_of(std::size_t i) const {
  if (!std::isinf(maximum_)) return masses_[i];
  // Infinity minus infinity is not a number: those share all there is.
  const auto logits = block(i);
  return static_cast<double>(
      std::count(logits.begin(), logits.end(), maximum_));
}

}  // namespace etllm::sampling
