#pragma once

// Which experts a token goes to, and what it gives to each.

#include <cstddef>
#include <cstdint>
#include <span>

namespace etllm::kernels {

/// What one token gives to an expert.
struct ExpertShare {
  std::size_t expert;
  float weight;
};

/// What a router's logits become. The numbers are written into programs: never
/// renumber.
enum class ExpertScoring : std::uint8_t {
  kSoftmax = 0,  ///< Over all experts.
  kSigmoid = 1,  ///< Of each by itself.
};

struct ExpertRule {
  std::size_t active;  ///< Experts of a token.
  ExpertScoring scoring;
  bool normalise;  ///< Shares are divided by their sum.
  float scale;     ///< Then multiplied by this.
};

/// Puts the indices of the `count` highest ranks in front, highest first; of
/// equal ones the first. Ranks that are not numbers come last. `order` has room
/// for one index for each rank.
void sort_best(std::span<const float> ranks, std::size_t count,
               std::span<std::uint32_t> order);

/// The shares of one token, by ascending expert: `shares` has `rule.active`
/// elements, `order` as many as there are logits.
void share_token(std::span<const float> logits, const ExpertRule& rule,
                 std::span<std::uint32_t> order, std::span<ExpertShare> shares);

}  // namespace etllm::kernels
