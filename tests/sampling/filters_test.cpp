#include "sampling/filters.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

namespace etllm::sampling {
namespace {

using Ids = std::vector<std::int32_t>;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

Ids ids(const std::vector<Candidate>& candidates) {
  Ids out;
  for (const Candidate& candidate : candidates) out.push_back(candidate.id);
  return out;
}

Ids sorted(Ids ids) {
  std::sort(ids.begin(), ids.end());
  return ids;
}

Ids sorted_ids(const std::vector<Candidate>& candidates) {
  return sorted(ids(candidates));
}

std::vector<Candidate> with_weights(const std::vector<float>& weights) {
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    candidates.push_back({weights[i], static_cast<std::int32_t>(i)});
  }
  return candidates;
}

std::vector<float> random_values(std::size_t size, unsigned seed,
                                 int distinct_values) {
  std::mt19937 random(seed);
  std::vector<float> logits(size);
  for (float& logit : logits) {
    logit = static_cast<float>(
        static_cast<int>(random() % static_cast<unsigned>(distinct_values)));
  }
  return logits;
}

/// Multiples of 1/16 up to 1, none of them 0: their sums are exact.
std::vector<float> random_weights(std::size_t size, unsigned seed) {
  std::vector<float> weights = random_values(size, seed, 16);
  for (float& weight : weights) weight = (weight + 1) / 16;
  return weights;
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

LogitsBlocks blocks_of(const std::vector<float>& logits,
                       float temperature = 0) {
  LogitsBlocks blocks;
  blocks.summarize(logits, temperature);
  return blocks;
}

/// Of less than one block, of several whole ones, and of what is in between.
std::vector<std::size_t> sizes_to_test() {
  std::vector<std::size_t> sizes(70);
  std::iota(sizes.begin(), sizes.end(), 1);
  for (const std::size_t size : {511, 512, 513, 1024, 3000}) {
    sizes.push_back(size);
  }
  return sizes;
}

TEST(Summarize, FindsTheLowestIdOfTheMaximumAtEverySize) {
  for (const std::size_t size : sizes_to_test()) {
    const std::vector<float> logits =
        random_values(size, static_cast<unsigned>(size), 5);
    const LogitsBlocks blocks = blocks_of(logits);
    const auto best = std::max_element(logits.begin(), logits.end());
    EXPECT_EQ(blocks.maximum(), *best);
    EXPECT_EQ(argmax(blocks), best - logits.begin()) << size;
    EXPECT_FALSE(blocks.has_nan());
  }
}

TEST(Summarize, FindsANanAtEveryPosition) {
  for (std::size_t at = 0; at < 1061; ++at) {
    std::vector<float> logits(1061, 1.0F);
    logits[at] = std::nanf("");
    EXPECT_TRUE(blocks_of(logits).has_nan()) << at;
    EXPECT_TRUE(blocks_of(logits, 0.8F).has_nan()) << at;
  }
}

TEST(Summarize, OfNothingHasNoMaximum) {
  const LogitsBlocks blocks = blocks_of({}, 0.8F);
  EXPECT_EQ(argmax(blocks), -1);
  EXPECT_EQ(blocks.maximum(), -kInfinity);
  EXPECT_EQ(blocks.total(), 0);
}

TEST(Summarize, AddsUpTheWeightsOfEachBlock) {
  for (const std::size_t size : sizes_to_test()) {
    std::vector<float> logits =
        random_values(size, static_cast<unsigned>(size), 100);
    if (size > 600) {
      // A block without weight, and one that is far from the best.
      std::fill_n(logits.begin(), 512, -kInfinity);
      std::fill(logits.begin() + 600, logits.end(), -300.0F);
    }
    const LogitsBlocks blocks = blocks_of(logits, 7.0F);
    std::vector<float> weights(size);
    const double total =
        to_weights(logits, blocks.maximum(), 7.0F, 0.0F, weights);
    EXPECT_NEAR(blocks.total(), total, 1e-6 * total) << size;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const auto begin = weights.begin() + static_cast<int>(512 * i);
      const double mass = std::accumulate(
          begin, begin + static_cast<int>(blocks.block(i).size()), 0.0);
      EXPECT_NEAR(blocks.weight_of(i), mass, 1e-6 * mass) << size;
    }
  }
}

TEST(Summarize, HoldsForTheLargestAndTheSmallestValues) {
  constexpr float kLargest = std::numeric_limits<float>::max();
  std::vector<float> logits(2000, -kLargest);
  logits[700] = kLargest;
  EXPECT_EQ(blocks_of(logits, 1e-30F).total(), 1.0);
  logits[3] = kInfinity;
  logits[1900] = kInfinity;
  EXPECT_EQ(blocks_of(logits, 1.0F).total(), 2.0);
}

TEST(Weights, AreTheProbabilityRatiosOfASoftmaxAtEverySize) {
  for (std::size_t size = 1; size < 70; ++size) {
    const std::vector<float> logits =
        random_values(size, static_cast<unsigned>(size), 100);
    const float maximum = *std::max_element(logits.begin(), logits.end());
    std::vector<float> weights(size);
    const double total = to_weights(logits, maximum, 7.0F, 0.0F, weights);
    double expected_total = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const double exponent = (logits[i] - maximum) / 7.0;
      const double expected = std::exp(exponent);
      // Three units of the last place, and the rounding of the exponent.
      const double bound = 4e-7 + 1.2e-7 * std::abs(exponent);
      EXPECT_NEAR(weights[i], expected, bound * expected) << size;
      expected_total += expected;
    }
    EXPECT_NEAR(total, expected_total, 1e-6 * expected_total) << size;
  }
}

TEST(Weights, OfALargeVocabularyAreSummedWithoutLoss) {
  // In half precision the sum would stop growing at 2048.
  const std::vector<float> logits(100'000, 3.0F);
  std::vector<float> weights(logits.size());
  EXPECT_EQ(to_weights(logits, 3.0F, 0.5F, 0.0F, weights), 100'000.0);
}

TEST(Weights, HoldForTheLargestAndTheSmallestValues) {
  constexpr float kLargest = std::numeric_limits<float>::max();
  std::vector<float> weights(3);
  const std::vector<float> extremes = {kLargest, -kLargest, -kInfinity};
  EXPECT_EQ(to_weights(extremes, kLargest, 1e-30F, 0.0F, weights), 1.0);
  EXPECT_EQ(weights, (std::vector<float>{1, 0, 0}));
  const std::vector<float> infinite = {5, kInfinity, kInfinity};
  EXPECT_EQ(to_weights(infinite, kInfinity, 1.0F, 0.0F, weights), 2.0);
  EXPECT_EQ(weights, (std::vector<float>{0, 1, 1}));
}

TEST(TopK, KeepsTheFirstOfAFullSort) {
  std::vector<Candidate> kept;
  for (unsigned seed = 0; seed < 20; ++seed) {
    const std::vector<float> weights = random_weights(2000, seed);
    const Ids order = ids_by_likelihood(weights);
    for (const std::int32_t k : {1, 2, 7, 50, 1999}) {
      select_top_k(blocks_of(weights), k, kept);
      EXPECT_EQ(sorted_ids(kept), sorted(Ids(order.begin(), order.begin() + k)))
          << "seed " << seed << " k " << k;
    }
  }
}

TEST(TopK, KeepsAllWhenThereAreFewer) {
  const std::vector<float> weights = {0.5F, 1, 0.25F};
  std::vector<Candidate> kept;
  for (const std::int32_t k : {3, 4, 100}) {
    select_top_k(blocks_of(weights), k, kept);
    EXPECT_EQ(sorted_ids(kept), (Ids{0, 1, 2})) << k;
  }
}

TEST(TopK, LeavesOutWhatIsMasked) {
  const std::vector<float> logits = {-kInfinity, 1, -kInfinity, -5};
  std::vector<Candidate> kept;
  select_top_k(blocks_of(logits), 3, kept);
  EXPECT_EQ(sorted_ids(kept), (Ids{1, 3}));
}

TEST(AtLeast, KeepsWhatReachesTheThresholdInTheOrderOfIds) {
  for (std::size_t size = 1; size < 70; ++size) {
    const std::vector<float> weights =
        random_weights(size, static_cast<unsigned>(size));
    Ids expected;
    for (std::size_t id = 0; id < size; ++id) {
      if (weights[id] >= 0.5F) expected.push_back(static_cast<int>(id));
    }
    std::vector<Candidate> kept;
    EXPECT_TRUE(select_at_least(blocks_of(weights), 0.5F, size, kept));
    EXPECT_EQ(ids(kept), expected) << size;
  }
}

TEST(AtLeast, NeverKeepsWhatIsMasked) {
  const std::vector<float> logits = {-kInfinity, 1, -kInfinity};
  std::vector<Candidate> kept;
  EXPECT_TRUE(select_at_least(blocks_of(logits), -kInfinity, 3, kept));
  EXPECT_EQ(ids(kept), Ids{1});
}

TEST(AtLeast, SaysWhenThereAreTooMany) {
  std::vector<Candidate> kept;
  const std::vector<float> logits(1000, 1.0F);
  EXPECT_TRUE(select_at_least(blocks_of(logits), 0.5F, 1000, kept));
  EXPECT_FALSE(select_at_least(blocks_of(logits), 0.5F, 999, kept));
}

TEST(Weigh, GivesCandidatesTheWeightsOfTheirLogits) {
  std::vector<float> logits = random_values(1000, 1, 100);
  logits[3] = -kInfinity;
  const float maximum = *std::max_element(logits.begin(), logits.end());
  std::vector<float> weights(logits.size());
  const double total = to_weights(logits, maximum, 7.0F, 0.0F, weights);
  std::vector<Candidate> candidates = with_weights(logits);
  EXPECT_NEAR(weigh(maximum, 7.0F, candidates), total, 1e-6 * total);
  EXPECT_EQ(candidates.size(), logits.size() - 1) << "one has no weight";
  for (const Candidate& candidate : candidates) {
    EXPECT_EQ(candidate.weight,
              weights[static_cast<std::size_t>(candidate.id)]);
  }
}

TEST(NucleusOfLogits, IsThatOfAllWeights) {
  std::mt19937 random(1);
  std::vector<Candidate> found;
  for (const float spread : {0.0F, 0.1F, 2.0F, 10.0F, 100.0F}) {
    std::normal_distribution<float> normal(-3.0F, std::max(spread, 1e-6F));
    std::vector<float> logits(2000);
    for (float& logit : logits) logit = normal(random);
    const LogitsBlocks blocks = blocks_of(logits, 0.8F);
    std::vector<float> weights(logits.size());
    const double total =
        to_weights(logits, blocks.maximum(), 0.8F, 0.0F, weights);
    for (const float top_p : {0.01F, 0.5F, 0.9F, 0.999F, 1.0F}) {
      for (const float min_p : {0.0F, 0.001F, 0.5F, 1.0F}) {
        SCOPED_TRACE(testing::Message()
                     << spread << " " << top_p << " " << min_p);
        std::vector<Candidate> expected = with_weights(weights);
        apply_top_p(top_p, total, expected);
        std::erase_if(expected,
                      [&](const Candidate& c) { return c.weight <= 0; });
        apply_min_p(min_p, expected);
        ASSERT_TRUE(select_nucleus(blocks, top_p, min_p, found));
        apply_top_p(top_p, total, found);
        apply_min_p(min_p, found);
        EXPECT_EQ(sorted_ids(found), sorted_ids(expected));
      }
    }
  }
}

TEST(NucleusOfLogits, OfInfiniteLogitsAreThose) {
  const std::vector<float> logits = {1, kInfinity, 2, kInfinity};
  std::vector<Candidate> found;
  ASSERT_TRUE(select_nucleus(blocks_of(logits, 0.8F), 0.9F, 0.0F, found));
  EXPECT_EQ(ids(found), (Ids{1, 3}));
}

TEST(NucleusOfLogits, OfVeryManyIsNotSelected) {
  const std::vector<float> logits(3000, 1.0F);
  std::vector<Candidate> found;
  EXPECT_FALSE(select_nucleus(blocks_of(logits, 0.8F), 0.9F, 0.0F, found));
  EXPECT_FALSE(select_nucleus(blocks_of(logits, 0.8F), 1.0F, 0.5F, found));
}

TEST(TopP, KeepsTheFewestOfAFullSortThatReachTheShare) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const std::vector<float> weights = random_weights(100, seed);
    const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
    for (const float top_p : {0.01F, 0.3F, 0.5F, 0.9F, 0.999F}) {
      Ids expected;
      double mass = 0;
      for (const std::int32_t id : ids_by_likelihood(weights)) {
        if (mass >= static_cast<double>(top_p) * total) break;
        expected.push_back(id);
        mass += weights[static_cast<std::size_t>(id)];
      }
      std::vector<Candidate> candidates = with_weights(weights);
      apply_top_p(top_p, total, candidates);
      EXPECT_EQ(sorted_ids(candidates), sorted(expected))
          << "seed " << seed << " top_p " << top_p;
    }
  }
}

TEST(TopP, KeepsTheOneThatCrossesTheBorder) {
  std::vector<Candidate> candidates = with_weights({0.5F, 1.0F, 0.25F});
  apply_top_p(0.6F, 1.75, candidates);
  EXPECT_EQ(sorted_ids(candidates), (Ids{0, 1}));
}

TEST(TopP, AlwaysKeepsTheLikeliest) {
  std::vector<Candidate> candidates = with_weights({0.5F, 1.0F, 0.25F});
  apply_top_p(1e-9F, 1.75, candidates);
  EXPECT_EQ(sorted_ids(candidates), Ids{1});
}

TEST(TopP, CountsTheWeightThatIsNotAmongTheCandidates) {
  std::vector<Candidate> candidates = with_weights({1.0F, 0.5F});
  apply_top_p(0.5F, 4.0, candidates);
  EXPECT_EQ(candidates.size(), 2U);
}

TEST(TopP, OfOneKeepsAll) {
  std::vector<Candidate> candidates = with_weights({0.5F, 0.0F, 1.0F});
  apply_top_p(1.0F, 1.5, candidates);
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

TEST(Draw, TakesTheIdWhoseShareContainsTheFraction) {
  // Of three thousand ids, every thirtieth has weight 1.
  std::vector<float> weights(3000);
  std::vector<float> logits(weights.size(), -kInfinity);
  for (std::size_t id = 0; id < weights.size(); id += 30) {
    weights[id] = 1;
    logits[id] = 5;
  }
  const LogitsBlocks blocks = blocks_of(logits, 0.8F);
  for (int share = 0; share < 100; ++share) {
    const double middle = (share + 0.5) / 100;
    EXPECT_EQ(draw(blocks, middle), 30 * share);
    EXPECT_EQ(draw(with_weights(weights), middle), 30 * share);
  }
}

TEST(Draw, NeverTakesAnIdWithoutWeight) {
  constexpr double kBelowOne = 0x1.fffffffffffffp-1;
  std::vector<float> logits(2000, -kInfinity);
  for (const std::size_t id : {601, 603}) logits[id] = 5;
  const LogitsBlocks blocks = blocks_of(logits, 0.8F);
  EXPECT_EQ(draw(blocks, 0.0), 601);
  EXPECT_EQ(draw(blocks, kBelowOne), 603);
  // What rounding has left over.
  EXPECT_EQ(draw(blocks, 1.01), 603);
  EXPECT_EQ(draw(with_weights({0, 1, 0, 1}), 0.0), 1);
  EXPECT_EQ(draw(with_weights({0, 1, 0, 1, 0}), kBelowOne), 3);
}

}  // namespace
}  // namespace etllm::sampling
