#include "evaluation/statistics.h"

#include <algorithm>
#include <cmath>

namespace etllm::evaluation {

void RunningMean::add(double number) {
  ++count_;
  const double distance = number - mean_;
  mean_ += distance / static_cast<double>(count_);
  squares_ += distance * (number - mean_);
}

Estimate RunningMean::estimate() const {
  if (count_ < 2) return {mean_, 0};
  const auto count = static_cast<double>(count_);
  return {mean_, std::sqrt(squares_ / count / (count - 1))};
}

Estimate exponential_of(const Estimate& mean) {
  const double value = std::exp(mean.value);
  return {value, value * mean.uncertainty};
}

double quantile(std::span<const double> sorted, double fraction) {
  const double position = fraction * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double weight = position - static_cast<double>(below);
  return sorted[below] + weight * (sorted[above] - sorted[below]);
}

}  // namespace etllm::evaluation
