#include "evaluation/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace etllm::evaluation {
namespace {

TEST(RunningMean, HasTheMeanAndItsStandardError) {
  RunningMean mean;
  for (const double number : {2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0}) {
    mean.add(number);
  }
  EXPECT_EQ(mean.count(), 8U);
  EXPECT_DOUBLE_EQ(mean.estimate().value, 5.0);
  // The variance is 4: the root of 4 / (8 - 1).
  EXPECT_DOUBLE_EQ(mean.estimate().uncertainty, std::sqrt(4.0 / 7.0));
}

TEST(RunningMean, OfNoneAndOfOneIsCertain) {
  RunningMean mean;
  EXPECT_EQ(mean.estimate().value, 0);
  mean.add(3);
  EXPECT_EQ(mean.estimate().value, 3);
  EXPECT_EQ(mean.estimate().uncertainty, 0);
}

TEST(RunningMean, KeepsSmallDifferencesOfLargeNumbers) {
  RunningMean mean;
  for (int i = 0; i < 1'000; ++i) mean.add(1e9 + i % 2);
  EXPECT_NEAR(mean.estimate().value, 1e9 + 0.5, 1e-6);
  EXPECT_NEAR(mean.estimate().uncertainty, 0.5 / std::sqrt(999.0), 1e-9);
}

TEST(Exponential, OfAMeanHasTheErrorOfItsSlope) {
  const Estimate estimate = exponential_of({std::log(20.0), 0.01});
  EXPECT_DOUBLE_EQ(estimate.value, 20.0);
  EXPECT_DOUBLE_EQ(estimate.uncertainty, 0.2);
}

TEST(Quantile, LiesBetweenNeighbours) {
  const std::vector<double> odd = {1, 2, 10};
  EXPECT_EQ(quantile(odd, 0), 1);
  EXPECT_EQ(quantile(odd, 0.5), 2);
  EXPECT_EQ(quantile(odd, 1), 10);
  const std::vector<double> even = {1, 2, 4, 8};
  EXPECT_EQ(quantile(even, 0.5), 3);
  EXPECT_DOUBLE_EQ(quantile(even, 0.9), 4 + 0.7 * 4);
  EXPECT_EQ(quantile(std::vector<double>{5}, 0.99), 5);
}

}  // namespace
}  // namespace etllm::evaluation
