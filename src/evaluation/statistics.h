#pragma once

// Means with their uncertainty, and quantiles.

#include <cstddef>
#include <span>

namespace etllm::evaluation {

/// A number, and the standard error of it.
struct Estimate {
  double value = 0;
  double uncertainty = 0;
};

/// The mean of numbers that come one by one.
class RunningMean {
 public:
  void add(double number);

  std::size_t count() const { return count_; }
  /// 0 before the first number; the uncertainty of a single one is 0.
  Estimate estimate() const;

 private:
  std::size_t count_ = 0;
  double mean_ = 0;
  double squares_ = 0;  ///< Sum of the squared distances from the mean.
};

/// exp(mean), which for losses of tokens is the perplexity.
Estimate exponential_of(const Estimate& mean);

/// The number below which `fraction` (0 to 1) of `sorted` lie, interpolated
/// between neighbours. `sorted` is ascending and not empty.
double quantile(std::span<const double> sorted, double fraction);

}  // namespace etllm::evaluation
