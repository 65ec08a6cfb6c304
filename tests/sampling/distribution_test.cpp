// What the sampler draws, against the probabilities by definition. The test
// statistic is Pearson's chi-square; the seeds are fixed, so that a test that
// has passed passes forever.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "sampling/sampler_chain.h"

namespace etllm::sampling {
namespace {

constexpr int kDraws = 50'000;

// Ids are shuffled, so that an order by id is not one by likelihood.
const std::vector<float> kLogits = {0.1F, 2.0F,  -1.0F, 1.2F, 0.7F,
                                    2.5F, -0.3F, 1.9F,  0.0F, -2.0F};

/// Softmax in double precision.
std::vector<double> softmax(const std::vector<float>& logits,
                            double temperature) {
  const double maximum = *std::max_element(logits.begin(), logits.end());
  std::vector<double> probabilities;
  double total = 0;
  for (const float logit : logits) {
    probabilities.push_back(std::exp((logit - maximum) / temperature));
    total += probabilities.back();
  }
  for (double& probability : probabilities) probability /= total;
  return probabilities;
}

/// The probabilities when only what `keep` accepts is left.
template <typename Keep>
std::vector<double> renormalized(std::vector<double> probabilities, Keep keep) {
  double total = 0;
  for (double& probability : probabilities) {
    if (!keep(probability)) probability = 0;
    total += probability;
  }
  for (double& probability : probabilities) probability /= total;
  return probabilities;
}

/// The `rank`-th largest, from 0.
double nth_largest(std::vector<double> values, std::size_t rank) {
  std::sort(values.rbegin(), values.rend());
  return values[rank];
}

std::vector<int> draw(const SamplingParams& params,
                      const std::vector<float>& logits) {
  SamplerChain chain;
  chain.configure(params);
  std::vector<int> counts(logits.size(), 0);
  for (int i = 0; i < kDraws; ++i) {
    std::vector<float> copy = logits;
    const auto token = chain.sample(copy);
    EXPECT_TRUE(token.ok());
    if (token.ok()) ++counts[static_cast<std::size_t>(*token)];
  }
  return counts;
}

/// The value that chi-square with `degrees` exceeds once in 10,000 samples, by
/// the approximation of Wilson and Hilferty.
double critical_value(int degrees) {
  constexpr double kNormalQuantile = 3.719;
  const double spread = 2.0 / (9.0 * degrees);
  return degrees *
         std::pow(1 - spread + kNormalQuantile * std::sqrt(spread), 3);
}

void expect_distribution(const std::vector<int>& counts,
                         const std::vector<double>& probabilities) {
  double statistic = 0;
  int degrees = -1;
  for (std::size_t id = 0; id < counts.size(); ++id) {
    if (probabilities[id] == 0) {
      EXPECT_EQ(counts[id], 0) << "token " << id << " is filtered out";
      continue;
    }
    const double expected = probabilities[id] * kDraws;
    const double difference = counts[id] - expected;
    statistic += difference * difference / expected;
    ++degrees;
  }
  ASSERT_GE(degrees, 1);
  EXPECT_LT(statistic, critical_value(degrees));
}

SamplingParams seeded(float temperature) {
  SamplingParams params;
  params.temperature = temperature;
  params.seed = 20250101;
  return params;
}

TEST(Distribution, FollowsTheTemperature) {
  for (const float temperature : {0.3F, 0.8F, 1.0F, 1.2F, 5.0F}) {
    SCOPED_TRACE(temperature);
    expect_distribution(draw(seeded(temperature), kLogits),
                        softmax(kLogits, temperature));
  }
}

TEST(Distribution, OfTheTestItselfTellsTemperaturesApart) {
  const std::vector<int> counts = draw(seeded(0.8F), kLogits);
  const std::vector<double> other = softmax(kLogits, 0.85);
  double statistic = 0;
  for (std::size_t id = 0; id < counts.size(); ++id) {
    const double difference = counts[id] - other[id] * kDraws;
    statistic += difference * difference / (other[id] * kDraws);
  }
  EXPECT_GT(statistic, critical_value(9));
}

TEST(Distribution, OfTopKIsThatOfTheKLikeliest) {
  SamplingParams params = seeded(0.8F);
  params.top_k = 4;
  const std::vector<double> all = softmax(kLogits, 0.8);
  const double least = nth_largest(all, 3);
  expect_distribution(draw(params, kLogits),
                      renormalized(all, [&](double p) { return p >= least; }));
}

TEST(Distribution, OfTopPIsThatOfTheNucleus) {
  SamplingParams params = seeded(1.0F);
  params.top_p = 0.8F;
  const std::vector<double> all = softmax(kLogits, 1.0);
  double mass = 0;
  std::size_t count = 0;
  while (mass < 0.8) mass += nth_largest(all, count++);
  const double least = nth_largest(all, count - 1);
  ASSERT_GT(count, 2U);
  ASSERT_LT(count, all.size());
  expect_distribution(draw(params, kLogits),
                      renormalized(all, [&](double p) { return p >= least; }));
}

TEST(Distribution, OfMinPIsThatOfTheTokensAboveTheShare) {
  SamplingParams params = seeded(1.0F);
  params.min_p = 0.2F;
  const std::vector<double> all = softmax(kLogits, 1.0);
  const double least = 0.2 * nth_largest(all, 0);
  expect_distribution(draw(params, kLogits),
                      renormalized(all, [&](double p) { return p >= least; }));
}

TEST(Distribution, OfTopKBeforeTopPCountsTheMassOfTheKLikeliest) {
  SamplingParams params = seeded(1.0F);
  params.top_k = 3;
  params.top_p = 0.85F;
  const std::vector<double> all = softmax(kLogits, 1.0);
  const double third = nth_largest(all, 2);
  const std::vector<double> top =
      renormalized(all, [&](double p) { return p >= third; });
  // Two of three reach the share, which they would not among all ten.
  const double two = nth_largest(top, 0) + nth_largest(top, 1);
  params.top_p = static_cast<float>(two - 0.01);
  ASSERT_LT(nth_largest(all, 0) + nth_largest(all, 1), two - 0.01);
  const double second = nth_largest(top, 1);
  expect_distribution(draw(params, kLogits),
                      renormalized(top, [&](double p) { return p >= second; }));
}

TEST(Distribution, IsUniformOverALargeVocabularyOfEquals) {
  // With half-precision sums, thousands of small weights would be lost.
  const std::vector<float> logits(5'000, 1.5F);
  expect_distribution(draw(seeded(0.7F), logits), softmax(logits, 0.7));
}

TEST(Distribution, OfTopPIsUniformOverTheFirstOfALargeVocabularyOfEquals) {
  for (const float top_p : {0.1F, 0.9F}) {
    SCOPED_TRACE(top_p);
    SamplingParams params = seeded(0.7F);
    params.top_p = top_p;
    const std::vector<float> logits(5'000, 1.5F);
    std::vector<double> expected(5'000, 0.0);
    const auto kept = static_cast<int>(std::ceil(double{top_p} * 5'000));
    std::fill_n(expected.begin(), kept, 1.0 / kept);
    expect_distribution(draw(params, logits), expected);
  }
}

TEST(Distribution, OfALargeNucleusIsThatOfTheTokensAboveItsBorder) {
  std::vector<float> logits(5'000);
  for (std::size_t i = 0; i < logits.size(); ++i) {
    logits[i] = static_cast<float>(i * 1'237 % 5'000) / 5'000;
  }
  const std::vector<double> all = softmax(logits, 0.7);
  for (const float min_p : {0.0F, 0.4F}) {
    SCOPED_TRACE(min_p);
    SamplingParams params = seeded(0.7F);
    params.top_p = 0.8F;
    params.min_p = min_p;
    std::vector<double> sorted = all;
    std::sort(sorted.rbegin(), sorted.rend());
    std::size_t count = 0;
    for (double mass = 0; mass < params.top_p; ++count) mass += sorted[count];
    const double least = std::max(sorted[count - 1], min_p * sorted[0]);
    expect_distribution(draw(params, logits), renormalized(all, [&](double p) {
                          return p >= least;
                        }));
  }
}

}  // namespace
}  // namespace etllm::sampling
