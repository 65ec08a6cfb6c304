// The nucleus of whole vocabularies, flat ones above all, against a full sort
// in double precision.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "sampling/filters.h"
#include "sampling/sampler_chain.h"

namespace etllm::sampling {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kTemperature = 0.8F;
constexpr std::size_t kSizes[] = {1, 2, 1000, 49'152, 128'256, 262'144};

using Logits = std::vector<float>;

Logits normal(std::size_t size, float spread) {
  std::mt19937 random(static_cast<unsigned>(size));
  std::normal_distribution<float> distribution(-3.0F, spread);
  Logits logits(size);
  for (float& logit : logits) logit = distribution(random);
  return logits;
}

/// Every `step`-th logit, the last one included, is `value`.
Logits with_every(std::size_t step, float value, Logits logits) {
  for (std::size_t i = logits.size(); i > 0; i -= std::min(i, step)) {
    logits[i - 1] = value;
  }
  return logits;
}

Logits rounded(Logits logits) {
  for (float& logit : logits) logit = std::round(2 * logit) / 2;
  return logits;
}

struct Case {
  const char* name;
  Logits logits;
};

std::vector<Case> cases_of(std::size_t size) {
  std::vector<Case> cases = {
      {"equal", Logits(size, 1.5F)},
      {"flat", normal(size, 0.1F)},
      {"wide", normal(size, 2.0F)},
      {"peaked", normal(size, 12.0F)},
      {"tied", rounded(normal(size, 1.0F))},
      {"one above the rest", Logits(size, 0.0F)},
      {"infinite", with_every(3, kInfinity, normal(size, 1.0F))},
      {"the largest and the smallest",
       with_every(2, std::numeric_limits<float>::max(),
                  Logits(size, std::numeric_limits<float>::lowest()))},
  };
  cases[5].logits.back() = 9.0F;
  if (size > 1) {
    Logits masked = normal(size, 0.1F);
    std::fill_n(masked.begin(), size / 2, -kInfinity);
    cases.push_back({"masked", std::move(masked)});
  }
  return cases;
}

/// Ranks and masses by definition.
class FullSort {
 public:
  explicit FullSort(const Logits& logits)
      : weights_(logits.size()),
        mass_before_(logits.size()),
        order_(logits.size()) {
    const float maximum = *std::max_element(logits.begin(), logits.end());
    for (std::size_t i = 0; i < logits.size(); ++i) {
      weights_[i] =
          logits[i] == maximum
              ? 1.0
              : std::exp((double{logits[i]} - maximum) / kTemperature);
    }
    std::iota(order_.begin(), order_.end(), 0);
    std::stable_sort(order_.begin(), order_.end(), [&](int a, int b) {
      return logits[index(a)] > logits[index(b)];
    });
    for (const int id : order_) {
      mass_before_[index(id)] = total_;
      total_ += weights_[index(id)];
    }
  }

  double total() const { return total_; }
  double weight_of(int id) const { return weights_[index(id)]; }
  /// Of all that is likelier.
  double mass_before(int id) const { return mass_before_[index(id)]; }

 private:
  static std::size_t index(int id) { return static_cast<std::size_t>(id); }

  std::vector<double> weights_;
  std::vector<double> mass_before_;
  std::vector<int> order_;
  double total_ = 0;
};

void for_each_case(
    const std::function<void(const Logits&, const FullSort&)>& test) {
  for (const std::size_t size : kSizes) {
    for (const Case& entry : cases_of(size)) {
      SCOPED_TRACE(entry.name + std::string(" ") + std::to_string(size));
      test(entry.logits, FullSort(entry.logits));
    }
  }
}

TEST(KeepLikelierThan, LeavesWhatAFullSortPutsBefore) {
  for_each_case([](const Logits& logits, const FullSort& sorted) {
    const double bound = 2e-6 * sorted.total();
    for (const double uniform : {0.0, 0.3, 0.9999}) {
      LogitsBlocks blocks;
      blocks.summarize(logits, kTemperature);
      // Each one leaves less, until nothing is likelier.
      for (double before = sorted.total(); blocks.total() > 0;) {
        const std::int32_t id = draw(blocks, uniform);
        ASSERT_LE(sorted.mass_before(id), before + bound);
        before = sorted.mass_before(id);
        const float weight = blocks.keep_likelier_than(id);
        EXPECT_NEAR(weight, sorted.weight_of(id), 4e-6);
        EXPECT_NEAR(blocks.total(), before, bound);
        if (uniform > 0.9) break;  // That would be one token after another.
      }
    }
  });
}

SamplingParams params_with(float top_p, float min_p) {
  SamplingParams params;
  params.temperature = kTemperature;
  params.top_p = top_p;
  params.min_p = min_p;
  params.seed = 20250101;
  return params;
}

TEST(Nucleus, IsNeverLeft) {
  for_each_case([](const Logits& logits, const FullSort& sorted) {
    for (const float top_p : {1e-9F, 0.1F, 0.9F, 1.0F}) {
      for (const float min_p : {0.0F, 0.3F, 1.0F}) {
        SamplerChain chain;
        chain.configure(params_with(top_p, min_p));
        for (int i = 0; i < 8; ++i) {
          const auto id = chain.sample(logits);
          ASSERT_TRUE(id.ok());
          EXPECT_LT(sorted.mass_before(*id), (top_p + 2e-6) * sorted.total());
          EXPECT_GE(sorted.weight_of(*id), min_p * (1 - 1e-6));
          EXPECT_GT(sorted.weight_of(*id), 0);
        }
      }
    }
  });
}

TEST(Nucleus, OfAFlatVocabularyIsTheSameForTheSameSeed) {
  const Logits logits = normal(49'152, 0.1F);
  SamplerChain one;
  SamplerChain other;
  one.configure(params_with(0.5F, 0.0F));
  other.configure(params_with(0.5F, 0.0F));
  std::vector<std::int32_t> tokens;
  for (int i = 0; i < 20; ++i) {
    tokens.push_back(*one.sample(logits));
    EXPECT_EQ(*other.sample(logits), tokens.back());
  }
  EXPECT_NE(tokens, std::vector<std::int32_t>(20, tokens[0]));
}

TEST(Nucleus, OfAFlatVocabularyWithNaNOrWithoutAnyTokenIsAnError) {
  SamplerChain chain;
  chain.configure(params_with(0.9F, 0.0F));
  Logits logits(49'152, 1.0F);
  logits[40'000] = std::nanf("");
  EXPECT_EQ(chain.sample(logits).status().code(), StatusCode::kInvalidData);
  const Logits masked(49'152, -kInfinity);
  EXPECT_EQ(chain.sample(masked).status().code(), StatusCode::kInvalidData);
}

}  // namespace
}  // namespace etllm::sampling
