// The kernels of each instruction set that no other test of this folder
// reaches: element by element against their formulas, the long sums of stock
// programs against the portable ones, which the goldens of the operators hold.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "kernels/delta_rule/delta_rule.h"
#include "kernels/dispatch/select.h"
#include "kernels/formats/half.h"
#include "kernels/hadamard/hadamard.h"
#include "kernels/random_weights.h"
#include "kernels/sdpa/sdpa.h"
#include "support/kernel_set_test.h"

namespace etllm::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

class KernelSets : public KernelSetTest {
 protected:
  /// What `run` gives with these kernels, and with the portable ones.
  template <class Run>
  void expect_same(Run&& run) {
    const Floats actual = run();
    ASSERT_TRUE(select_kernels("portable").ok());
    const Floats portable = run();
    ASSERT_TRUE(select_kernels(GetParam()).ok());
    const std::vector<double> expected(portable.begin(), portable.end());
    EXPECT_LT(relative_error(actual, expected), 1e-5);
  }
};

TEST_P(KernelSets, ConvertToHalfAsTheScalarCodeDoes) {
  auto x = random_floats(45, 3);
  const float special[] = {0.0f,      -0.0f, 65'504.0f,  65'520.0f, -1e30f,
                           kInfinity, 6e-8f, -3.1e-8f,   1e-5f,     2.9e-8f,
                           1.00049f,  -2.0f, 1.0009766f, 0.33325f,  -kInfinity};
  std::ranges::copy(special, x.begin());
  GuardedVector<std::uint16_t> halves(x.size());
  active_kernels().convert_to_half(x.data(), x.size(), halves.data());
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_EQ(halves[i], float_to_half(x[i])) << x[i];
  }
}

TEST_P(KernelSets, PassesOverLogitsFollowTheirFormulas) {
  constexpr float kScale = 1.25f;
  for (const std::size_t size : {1, 3, 16, 517, 2050}) {
    SCOPED_TRACE(size);
    auto logits = random_floats(size, 4);
    if (size > 3) logits[2] = -kInfinity;
    const float largest = *std::ranges::max_element(logits);
    std::vector<double> expected(size);
    for (std::size_t i = 0; i < size; ++i) {
      expected[i] = std::exp((double{logits[i]} - largest) * kScale);
    }
    Floats weights(size);
    const double total = active_kernels().softmax_weights(
        logits.data(), size, largest, kScale, 0.0f, weights.data());
    EXPECT_LT(relative_error(weights, expected), 1e-6);
    EXPECT_NEAR(total, std::accumulate(expected.begin(), expected.end(), 0.0),
                1e-5 * total);

    const float floor = weights[size / 2];
    Floats likelier(size);
    active_kernels().softmax_weights(logits.data(), size, largest, kScale,
                                     floor, likelier.data());
    for (std::size_t i = 0; i < size; ++i) {
      EXPECT_EQ(likelier[i], weights[i] >= floor ? weights[i] : 0.0f);
    }

    const std::size_t blocks = (size + kLogitsBlock - 1) / kLogitsBlock;
    Floats maxima(blocks);
    Floats masses(blocks);
    EXPECT_FALSE(active_kernels().summarize_blocks(
        logits.data(), size, kScale, maxima.data(), masses.data()));
    double mass = 0;
    for (std::size_t b = 0; b < blocks; ++b) {
      mass += masses[b] * std::exp((double{maxima[b]} - largest) * kScale);
    }
    EXPECT_EQ(*std::ranges::max_element(maxima), largest);
    EXPECT_NEAR(mass, total, 1e-5 * total);

    std::vector<std::int32_t> indices(size);
    indices.resize(active_kernels().find_at_least(logits.data(), size, 0.5f,
                                                  indices.data()));
    std::vector<std::int32_t> reaching;
    for (std::size_t i = 0; i < size; ++i) {
      if (logits[i] >= 0.5f) reaching.push_back(static_cast<std::int32_t>(i));
    }
    EXPECT_EQ(indices, reaching);
  }
}

TEST_P(KernelSets, NoticesLogitsThatAreNotNumbers) {
  for (const std::size_t at : {0, 5, 511, 512, 699}) {
    auto logits = random_floats(700, 5);
    logits[at] = std::nanf("");
    Floats maxima(2);
    EXPECT_TRUE(active_kernels().summarize_blocks(logits.data(), logits.size(),
                                                  1.0f, maxima.data(), nullptr))
        << at;
  }
}

TEST_P(KernelSets, AttendToStockCachesLikeThePortableOnes) {
  // Few queries of a head, which read keys as they lie, and many.
  for (const std::size_t tokens : {1, 20}) {
    for (const std::size_t size : {7, 40, 64}) {
      SCOPED_TRACE(std::to_string(tokens) + " of " + std::to_string(size));
      constexpr std::size_t kLength = 150;
      const auto queries = random_floats(4 * tokens * size, 6);
      const auto keys = random_floats(2 * kLength * size, 7);
      const auto values = random_floats(2 * kLength * size, 8);
      const auto tensor = [&](const Floats& data, std::size_t rows) {
        return HeadTensor{.data = data.data(),
                          .type = ElementType::kFloat,
                          .batch_stride = data.size(),
                          .head_stride = rows * size,
                          .token_stride = size};
      };
      const SdpaShape shape{.batch = 1,
                            .tokens = tokens,
                            .heads = 4,
                            .kv_heads = 2,
                            .head_size = size,
                            .length = kLength,
                            .seen = kLength - tokens + 1,
                            .scale = 0.3f,
                            .mask = nullptr};
      expect_same([&] {
        Floats out(queries.size());
        sdpa(shape, tensor(queries, tokens), tensor(keys, kLength),
             tensor(values, kLength), out.data(), ElementType::kFloat);
        return out;
      });
    }
  }
}

TEST_P(KernelSets, FollowTheDeltaRuleLikeThePortableOnes) {
  constexpr std::size_t kKeys = 24;
  constexpr std::size_t kTokens = 5;
  for (const std::size_t width : {3, 32, 53}) {
    SCOPED_TRACE(width);
    const auto queries = random_floats(2 * kTokens * kKeys, 9);
    auto keys = random_floats(kTokens * kKeys, 10);
    for (float& key : keys) key *= 0.2f;
    const auto values = random_floats(kTokens * width, 11);
    const Floats decays(kTokens, 0.9f);
    const Floats betas(kTokens, 0.5f);
    expect_same([&] {
      auto state = random_floats(kKeys * width, 12);
      Floats out(2 * kTokens * width);
      delta_rule({.batch = 1,
                  .heads = 2,
                  .state_heads = 1,
                  .tokens = kTokens,
                  .key_size = kKeys,
                  .value_size = width,
                  .has_channel_decay = false},
                 {queries.data(), keys.data(), values.data(), decays.data(),
                  betas.data()},
                 state.data(), out.data());
      out.insert(out.end(), state.begin(), state.end());
      return out;
    });
  }
}

TEST_P(KernelSets, TransformLikeThePortableOnes) {
  for (const std::size_t size : {4, 64, 28 * 16}) {
    SCOPED_TRACE(size);
    expect_same([&] {
      auto rows = random_floats(3 * size, 13);
      hadamard(rows.data(), 3, size);
      return rows;
    });
  }
}

TEST_P(KernelSets, MultiplyPanelsLikeThePortableOnes) {
  constexpr std::size_t kColumns = 64;
  constexpr std::size_t kGroup = 32;
  for (const int bits : {4, 8}) {
    SCOPED_TRACE(bits);
    const std::size_t group_bytes =
        kPanelRows * (kGroup * static_cast<std::size_t>(bits) / 8 + 8);
    GuardedVector<unsigned char> panel(kColumns / kGroup * group_bytes);
    std::mt19937 random(14);
    for (auto& byte : panel) byte = static_cast<unsigned char>(random());
    for (std::size_t g = 1; g <= kColumns / kGroup; ++g) {
      for (std::size_t r = 0; r < kPanelRows; ++r) {
        const float scale = 0.01f * static_cast<float>(r + 1);
        std::memcpy(panel.data() + g * group_bytes - 8 * kPanelRows + 4 * r,
                    &scale, sizeof scale);
      }
    }
    const auto x = random_floats(11 * kColumns, 15);
    expect_same([&] {
      Floats out(11 * kPanelRows);
      active_kernels().multiply_panel({panel.data(), kColumns, kGroup, bits},
                                      x.data(), 11, out.data(), kPanelRows);
      return out;
    });
  }
}

INSTANTIATE_TEST_SUITE_P(All, KernelSets, each_kernel_set(), kernel_set_name);

}  // namespace
}  // namespace etllm::kernels
