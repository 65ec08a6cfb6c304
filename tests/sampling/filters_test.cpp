#include "sampling/filters.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace etllm::sampling {
namespace {

using Ids = std::vector<std::int32_t>;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

Ids sorted_ids(const std::vector<Candidate>& candidates) {
  Ids ids;
  for (const Candidate& candidate : candidates) ids.push_back(candidate.id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::vector<Candidate> with_weights(const std::vector<float>& weights) {
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    candidates.push_back({weights[i], static_cast<std::int32_t>(i)});
  }
  return candidates;
}

std::vector<float> random_logits(std::size_t size, unsigned seed,
                                 int distinct_values) {
  std::mt19937 random(seed);
  std::vector<float> logits(size);
  for (float& logit : logits) {
    logit = static_cast<float>(
        static_cast<int>(random() % static_cast<unsigned>(distinct_values)));
  }
  return logits;
}

/// Ids by definition: a full sort, equals in the order of their ids.
Ids ids_by_likelihood(const std::vector<float>& values) {
  Ids ids(values.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    ids[i] = static_cast<std::int32_t>(i);
  }
  std::stable_sort(ids.begin(), ids.end(), [&](std::int32_t a, std::int32_t b) {
    return values[static_cast<std::size_t>(a)] >
           values[static_cast<std::size_t>(b)];
  });
  return ids;
}

TEST(Summarize, FindsTheLowestIdOfTheMaximumAtEverySize) {
  for (std::size_t size = 1; size < 70; ++size) {
    const std::vector<float> logits =
        random_logits(size, static_cast<unsigned>(size), 5);
    const LogitsSummary summary = summarize(logits);
    const auto best = std::max_element(logits.begin(), logits.end());
    EXPECT_EQ(summary.argmax, best - logits.begin()) << size;
    EXPECT_EQ(summary.maximum, *best);
    EXPECT_FALSE(summary.has_nan);
  }
}

TEST(Summarize, FindsANanAtEveryPosition) {
  for (std::size_t at = 0; at < 37; ++at) {
    std::vector<float> logits(37, 1.0F);
    logits[at] = std::nanf("");
    EXPECT_TRUE(summarize(logits).has_nan) << at;
  }
}

TEST(Summarize, OfNothingHasNoArgmax) {
  EXPECT_EQ(summarize({}).argmax, -1);
  EXPECT_EQ(summarize({}).maximum, -kInfinity);
}

TEST(TopK, KeepsTheFirstOfAFullSort) {
  std::vector<Candidate> kept;
  for (unsigned seed = 0; seed < 20; ++seed) {
    const std::vector<float> logits = random_logits(200, seed, 30);
    const Ids order = ids_by_likelihood(logits);
    for (const std::int32_t k : {1, 2, 7, 50, 199}) {
      select_top_k(logits, k, kept);
      Ids expected(order.begin(), order.begin() + k);
      std::sort(expected.begin(), expected.end());
      EXPECT_EQ(sorted_ids(kept), expected) << "seed " << seed << " k " << k;
    }
  }
}

TEST(TopK, KeepsAllWhenItIsOffOrNotBelowTheirNumber) {
  const std::vector<float> logits = {3, 1, 2};
  std::vector<Candidate> kept;
  for (const std::int32_t k : {0, 3, 100}) {
    select_top_k(logits, k, kept);
    EXPECT_EQ(sorted_ids(kept), (Ids{0, 1, 2})) << k;
  }
}

TEST(TopK, LeavesMaskedTokensOut) {
  const std::vector<float> logits = {-kInfinity, 1, -kInfinity, 0};
  std::vector<Candidate> kept;
  select_top_k(logits, 0, kept);
  EXPECT_EQ(sorted_ids(kept), (Ids{1, 3}));
  select_top_k(logits, 3, kept);
  EXPECT_EQ(sorted_ids(kept), (Ids{1, 3}));
}

TEST(Temperature, GivesTheProbabilityRatiosOfASoftmax) {
  std::vector<Candidate> candidates = with_weights({1.0F, 3.0F, 2.0F});
  apply_temperature(3.0F, 0.5F, candidates);
  ASSERT_EQ(candidates.size(), 3U);
  EXPECT_NEAR(candidates[0].value, std::exp(-4.0), 1e-6);
  EXPECT_EQ(candidates[1].value, 1.0F);
  EXPECT_NEAR(candidates[2].value, std::exp(-2.0), 1e-6);
}

TEST(Temperature, HoldsForTheLargestAndTheSmallestValues) {
  constexpr float kLargest = std::numeric_limits<float>::max();
  std::vector<Candidate> candidates = with_weights({kLargest, -kLargest});
  apply_temperature(kLargest, 1e-30F, candidates);
  ASSERT_EQ(sorted_ids(candidates), Ids{0});
  EXPECT_EQ(candidates[0].value, 1.0F);
  candidates = with_weights({kInfinity, 5.0F});
  apply_temperature(kInfinity, 1.0F, candidates);
  EXPECT_EQ(sorted_ids(candidates), Ids{0});
}

TEST(TopP, KeepsTheFewestOfAFullSortThatReachTheShare) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::vector<float> weights = random_logits(100, seed, 20);
    double total = 0;
    for (const float weight : weights) total += weight;
    for (const float top_p : {0.01F, 0.3F, 0.5F, 0.9F, 0.999F}) {
      Ids expected;
      double mass = 0;
      for (const std::int32_t id : ids_by_likelihood(weights)) {
        if (mass >= static_cast<double>(top_p) * total) break;
        expected.push_back(id);
        mass += weights[static_cast<std::size_t>(id)];
      }
      std::sort(expected.begin(), expected.end());
      std::vector<Candidate> candidates = with_weights(weights);
      apply_top_p(top_p, candidates);
      EXPECT_EQ(sorted_ids(candidates), expected)
          << "seed " << seed << " top_p " << top_p;
    }
  }
}

TEST(TopP, KeepsTheOneThatCrossesTheBorder) {
  std::vector<Candidate> candidates = with_weights({0.2F, 0.5F, 0.3F});
  apply_top_p(0.6F, candidates);
  EXPECT_EQ(sorted_ids(candidates), (Ids{1, 2}));
}

TEST(TopP, AlwaysKeepsTheLikeliest) {
  std::vector<Candidate> candidates = with_weights({0.2F, 0.5F, 0.3F});
  apply_top_p(1e-9F, candidates);
  EXPECT_EQ(sorted_ids(candidates), Ids{1});
}

TEST(TopP, OfOneKeepsAll) {
  std::vector<Candidate> candidates = with_weights({0.2F, 0.0F, 0.3F});
  apply_top_p(1.0F, candidates);
  EXPECT_EQ(candidates.size(), 3U);
}

TEST(MinP, KeepsWhatHasTheShareOfTheLikeliest) {
  std::vector<Candidate> candidates = with_weights({0.125F, 1.0F, 0.25F, 0.2F});
  apply_min_p(0.25F, candidates);
  EXPECT_EQ(sorted_ids(candidates), (Ids{1, 2}));
}

TEST(MinP, OfZeroKeepsAllAndOfOneTheLikeliest) {
  std::vector<Candidate> candidates = with_weights({0.5F, 1.0F, 0.0F, 1.0F});
  apply_min_p(0.0F, candidates);
  EXPECT_EQ(candidates.size(), 4U);
  apply_min_p(1.0F, candidates);
  EXPECT_EQ(sorted_ids(candidates), (Ids{1, 3}));
}

}  // namespace
}  // namespace etllm::sampling
