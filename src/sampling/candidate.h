#pragma once

#include <cstdint>

namespace etllm::sampling {

/// A token that may be selected. `weight` is its probability divided by the
/// likeliest one's; until `weigh` it is the logit.
struct Candidate {
  float weight;
  std::int32_t id;
};

/// The order of likelihood; equals in the order of their ids, so that the
/// result does not depend on the algorithm.
inline bool is_likelier(const Candidate& a, const Candidate& b) {
  return a.weight > b.weight || (a.weight == b.weight && a.id < b.id);
}

}  // namespace etllm::sampling
