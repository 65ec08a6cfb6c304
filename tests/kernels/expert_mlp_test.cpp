// A mixture of experts against the definition, computed in double precision.

#include "kernels/moe/expert_mlp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "kernels/dispatch/select.h"
#include "kernels/random_weights.h"
#include "support/kernel_set_test.h"

namespace etllm::kernels {
namespace {

/// Random experts of one shape, and their matrices one after the other.
struct RandomExperts {
  RandomExperts(WeightFormat format, std::size_t experts, std::size_t rows,
                std::size_t cols, unsigned seed)
      : shape{experts, rows, cols} {
    for (std::size_t e = 0; e < experts; ++e) {
      matrices.push_back(std::make_unique<RandomMatrix>(
          format, rows, cols, seed + static_cast<unsigned>(e)));
    }
    const std::size_t each = matrices[0]->storage.bytes().size();
    bytes = std::make_unique<AlignedBytes>(experts * each);
    for (std::size_t e = 0; e < experts; ++e) {
      std::ranges::copy(
          matrices[e]->storage.bytes(),
          bytes->bytes().begin() + static_cast<std::ptrdiff_t>(e * each));
    }
  }

  ExpertMatrices view() const {
    return *ExpertMatrices::view(bytes->bytes(), matrices[0]->format, shape);
  }

  /// One expert's product.
  std::vector<double> product(std::size_t expert,
                              const std::vector<double>& x) const {
    std::vector<double> out(shape.rows);
    for (std::size_t r = 0; r < shape.rows; ++r) {
      for (std::size_t c = 0; c < shape.cols; ++c) {
        out[r] += double{matrices[expert]->value(r, c)} * x[c];
      }
    }
    return out;
  }

  ExpertMatrices::Shape shape;
  std::vector<std::unique_ptr<RandomMatrix>> matrices;
  std::unique_ptr<AlignedBytes> bytes;
};

/// A layer with an odd number of experts and rows that end inside a block.
struct Layer {
  explicit Layer(WeightFormat format)
      : router(format, kExperts, kDim, 1),
        gate(format, kExperts, kHidden, kDim, 100),
        up(format, kExperts, kHidden, kDim, 200),
        down(format, kExperts, kDim, kHidden, 300) {}

  ExpertMlp view(const ExpertRule& rule) {
    return {*WeightMatrix::view(router.storage.bytes(), router.format, kExperts,
                                kDim),
            gate.view(),
            up.view(),
            down.view(),
            ActivationFunction::kSilu,
            rule};
  }

  Floats run(const Floats& x, const ExpertRule& rule, const Floats& residual) {
    Floats out(x.size(), -1);
    EXPECT_TRUE(mix_experts(x.data(), x.size() / kDim, view(rule),
                            residual.data(), out.data()));
    return out;
  }

  /// The weight of each expert for one token; 0 for those that are not chosen.
  std::vector<double> weights(std::span<const float> x,
                              const ExpertRule& rule) {
    std::vector<double> scores(kExperts);
    for (std::size_t e = 0; e < kExperts; ++e) {
      for (std::size_t c = 0; c < kDim; ++c) {
        scores[e] += double{router.value(e, c)} * x[c];
      }
    }
    auto sorted = scores;
    std::ranges::sort(sorted, std::greater<>());
    const double least = sorted[rule.active - 1];
    const bool is_sigmoid = rule.scoring == ExpertScoring::kSigmoid;
    double total = 0;
    double chosen = 0;
    for (double& score : scores) {
      const bool is_chosen = score >= least;
      score = is_sigmoid ? 1 / (1 + std::exp(-score)) : std::exp(score);
      total += score;
      if (!is_chosen) score = 0;
      chosen += score;
    }
    const double divisor = rule.normalise ? chosen : is_sigmoid ? 1 : total;
    for (double& score : scores) score *= rule.scale / divisor;
    return scores;
  }

  std::vector<double> expected(const Floats& x, const ExpertRule& rule,
                               const Floats& residual) {
    std::vector<double> out(residual.begin(), residual.end());
    for (std::size_t t = 0; t < x.size() / kDim; ++t) {
      const std::vector<double> row(
          x.begin() + static_cast<std::ptrdiff_t>(t * kDim),
          x.begin() + static_cast<std::ptrdiff_t>((t + 1) * kDim));
      const auto shares = weights({x.data() + t * kDim, kDim}, rule);
      for (std::size_t e = 0; e < kExperts; ++e) {
        if (shares[e] == 0) continue;
        auto hidden = gate.product(e, row);
        const auto ups = up.product(e, row);
        for (std::size_t i = 0; i < kHidden; ++i) {
          hidden[i] *= ups[i] / (1 + std::exp(-hidden[i]));
        }
        const auto result = down.product(e, hidden);
        for (std::size_t i = 0; i < kDim; ++i) {
          out[t * kDim + i] += shares[e] * result[i];
        }
      }
    }
    return out;
  }

  static constexpr std::size_t kExperts = 5;
  static constexpr std::size_t kDim = 64;
  static constexpr std::size_t kHidden = 96;

  RandomMatrix router;
  RandomExperts gate;
  RandomExperts up;
  RandomExperts down;
};

class ExpertMlpTest : public KernelSetTest {
 protected:
  static double tolerance(WeightFormat format) {
    const bool exact = find_weight_format(static_cast<int>(format))->is_dense;
    return exact ? 1e-5 : 4e-2;
  }
};

constexpr ExpertRule kMixtral{.active = 2,
                              .scoring = ExpertScoring::kSoftmax,
                              .normalise = true,
                              .scale = 1.0f};

TEST_P(ExpertMlpTest, FollowsTheDefinition) {
  for (const WeightFormat format :
       {WeightFormat::kF32, WeightFormat::kQ8, WeightFormat::kQ4MinF32}) {
    Layer layer(format);
    for (const std::size_t tokens : {1, 2, 19}) {
      const auto x = random_floats(tokens * Layer::kDim, 2);
      const auto residual = random_floats(x.size(), 3);
      for (const auto scoring :
           {ExpertScoring::kSoftmax, ExpertScoring::kSigmoid}) {
        for (const bool normalise : {false, true}) {
          for (const std::size_t active : {1, 2, 5}) {
            SCOPED_TRACE(std::to_string(static_cast<int>(format)) + ", " +
                         std::to_string(tokens) + " tokens, " +
                         std::to_string(active) + " active");
            const ExpertRule rule{active, scoring, normalise, 0.7f};
            EXPECT_LT(relative_error(layer.run(x, rule, residual),
                                     layer.expected(x, rule, residual)),
                      tolerance(format));
          }
        }
      }
    }
  }
}

TEST_P(ExpertMlpTest, MixesATokenAsIfItWereAlone) {
  // A unit for products of matrices leaves single tokens to the vectors.
  const std::size_t step = active_kernels().tiles == nullptr ? 1 : 2;
  for (const WeightFormat format : {WeightFormat::kF16, WeightFormat::kQ4}) {
    Layer layer(format);
    constexpr std::size_t kTokens = 42;
    const auto x = random_floats(kTokens * Layer::kDim, 4);
    const auto residual = random_floats(x.size(), 5);
    const auto together = layer.run(x, kMixtral, residual);
    for (std::size_t t = 0; t < kTokens; t += step) {
      const auto part = [&](const Floats& rows) {
        const auto begin =
            rows.begin() + static_cast<std::ptrdiff_t>(t * Layer::kDim);
        return Floats(begin,
                      begin + static_cast<std::ptrdiff_t>(step * Layer::kDim));
      };
      EXPECT_EQ(layer.run(part(x), kMixtral, part(residual)), part(together))
          << t;
    }
  }
}

TEST_P(ExpertMlpTest, MixesMoreTokensThanItTakesAtATime) {
  Layer layer(WeightFormat::kF16);
  constexpr std::size_t kTokens = 1100;
  const auto x = random_floats(kTokens * Layer::kDim, 6);
  const auto residual = random_floats(x.size(), 7);
  EXPECT_LT(relative_error(layer.run(x, kMixtral, residual),
                           layer.expected(x, kMixtral, residual)),
            1e-5);
}

INSTANTIATE_TEST_SUITE_P(All, ExpertMlpTest, each_kernel_set(),
                         kernel_set_name);

/// The experts of one token.
std::vector<ExpertShare> shares_of(std::span<const float> logits,
                                   const ExpertRule& rule) {
  std::vector<std::uint32_t> order(logits.size());
  std::vector<ExpertShare> shares(rule.active);
  share_token(logits, rule, order, shares);
  return shares;
}

TEST(ExpertChoice, TakesTheFirstOfEqualExperts) {
  const auto shares = shares_of(std::vector<float>{1, 2, 2, 2}, kMixtral);
  EXPECT_EQ(shares[0].expert, 1U);
  EXPECT_EQ(shares[1].expert, 2U);
  EXPECT_FLOAT_EQ(shares[0].weight, 0.5f);
  EXPECT_FLOAT_EQ(shares[1].weight, 0.5f);
}

TEST(ExpertChoice, TakesDifferentExpertsWhateverTheirLogits) {
  const float nan = std::nanf("");
  const float infinity = std::numeric_limits<float>::infinity();
  for (const auto& logits : {std::vector<float>{nan, nan, nan},
                             {-infinity, nan, -infinity},
                             {nan, 1, 2},
                             {infinity, infinity, infinity}}) {
    const auto shares = shares_of(logits, kMixtral);
    EXPECT_LT(shares[0].expert, shares[1].expert);
    EXPECT_LT(shares[1].expert, 3U);
  }
  EXPECT_EQ(shares_of(std::vector<float>{nan, 1, 2}, kMixtral)[0].expert, 1U);
}

TEST(ExpertChoice, SurvivesLargeLogits) {
  const auto shares = shares_of(std::vector<float>{1e4f, 0, 1e4f}, kMixtral);
  EXPECT_FLOAT_EQ(shares[0].weight, 0.5f);
  EXPECT_FLOAT_EQ(shares[1].weight, 0.5f);
}

TEST(ExpertMatrices, RefuseBytesThatContradictTheShape) {
  const RandomExperts experts(WeightFormat::kQ4, 3, 20, 64, 1);
  const std::span<const std::byte> bytes = experts.bytes->bytes();
  const std::int64_t format = experts.matrices[0]->format;
  EXPECT_TRUE(ExpertMatrices::view(bytes, format, {3, 20, 64}));
  EXPECT_FALSE(ExpertMatrices::view(bytes, format, {4, 20, 64}));
  EXPECT_FALSE(ExpertMatrices::view(bytes, format, {3, 40, 64}));
  EXPECT_FALSE(ExpertMatrices::view(bytes, format, {3, 20, 96}));
  EXPECT_FALSE(ExpertMatrices::view(bytes, 99, {3, 20, 64}));
  EXPECT_FALSE(ExpertMatrices::view({}, format, {0, 20, 64}));
  EXPECT_FALSE(ExpertMatrices::view(bytes, format, {SIZE_MAX / 8, 20, 64}));
}

}  // namespace
}  // namespace etllm::kernels
