#include <algorithm>
#include <cstddef>

#include "sampling/filters.h"

namespace etllm::sampling {
namespace {

constexpr std::size_t kBlock = 64;

double sum(std::span<const float> weights) {
  double total = 0;
  for (const float weight : weights) total += weight;
  return total;
}

}  // namespace

std::int32_t draw(std::span<const float> weights, double total,
                  double uniform) {
  double rest = uniform * total;
  // Rounding may leave a crumb at the end; it belongs to the last one.
  std::size_t last = 0;
  double rest_of_last = 0;
  for (std::size_t begin = 0; begin < weights.size(); begin += kBlock) {
    const double mass =
        sum(weights.subspan(begin, std::min(kBlock, weights.size() - begin)));
    if (mass == 0) continue;
    last = begin;
    rest_of_last = rest;
    if (rest < mass) break;
    rest -= mass;
  }
  std::size_t chosen = last;
  for (std::size_t id = last; id < std::min(last + kBlock, weights.size());
       ++id) {
    if (weights[id] <= 0.0f) continue;
    chosen = id;
    rest_of_last -= weights[id];
    if (rest_of_last < 0) break;
  }
  return static_cast<std::int32_t>(chosen);
}

std::int32_t draw(std::span<const Candidate> candidates, double uniform) {
  double total = 0;
  for (const Candidate& candidate : candidates) total += candidate.weight;
  double rest = uniform * total;
  for (const Candidate& candidate : candidates) {
    rest -= candidate.weight;
    if (rest < 0) return candidate.id;
  }
  return candidates.back().id;
}

}  // namespace etllm::sampling
