#pragma once

#include <cstdint>

namespace etllm::sampling {

/// A token that may be selected. `value` is a logit at first, and after the
/// temperature a weight: its probability divided by the likeliest one's.
struct Candidate {
  float value;
  std::int32_t id;
};

/// The order of likelihood; equals in the order of their ids, so that the
/// result does not depend on the algorithm.
inline bool is_likelier(const Candidate& a, const Candidate& b) {
  return a.value > b.value || (a.value == b.value && a.id < b.id);
}

}  // namespace etllm::sampling
