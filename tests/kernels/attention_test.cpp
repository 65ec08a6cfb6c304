// Attention, rotation and normalisation against their formulas in double
// precision.

#include <gtest/gtest.h>

#include <string>

#include "kernels/attention_layer.h"
#include "kernels/elementwise/rms_norm.h"
#include "kernels/elementwise/rope.h"
#include "kernels/random_weights.h"
#include "support/kernel_set_test.h"

namespace etllm::kernels {
namespace {

using Kernels = KernelSetTest;

TEST_P(Kernels, AttentionFollowsTheFormulaForAnyChunks) {
  for (const LayerSizes& c : {LayerSizes{9, 3, 64, CacheType::kHalf},
                              LayerSizes{4, 4, 80, CacheType::kFloat},
                              LayerSizes{8, 1, 50, CacheType::kHalf},
                              LayerSizes{2, 2, 7, CacheType::kFloat},
                              LayerSizes{2, 1, 256, CacheType::kHalf},
                              LayerSizes{9, 3, 64, CacheType::kBytes},
                              LayerSizes{4, 4, 80, CacheType::kBytes},
                              LayerSizes{4, 1, 96, CacheType::kBytes},
                              LayerSizes{5, 1, 128, CacheType::kBytes},
                              LayerSizes{1, 1, 256, CacheType::kBytes},
                              LayerSizes{8, 1, 50, CacheType::kBytes},
                              LayerSizes{2, 2, 7, CacheType::kBytes}}) {
    Layer layer(c);
    unsigned seed = 1;
    for (const std::size_t tokens : {1, 5, 1, 70, 3, 128, 1, 2}) {
      SCOPED_TRACE(std::to_string(c.head_size) + " at " +
                   std::to_string(layer.shape.start));
      const auto out = layer.run(tokens, seed++);
      EXPECT_LT(relative_error(out, layer.expected(tokens)),
                cache_bound(c.type));
    }
  }
}

TEST_P(Kernels, AttentionDoesNotDependOnTheChunk) {
  // Past two spans of 256 positions, in one chunk and cut in odd places.
  constexpr std::size_t kTokens = 600;
  // One token reads the cache in another way when its heads are few and their
  // size is a multiple of 16.
  for (const LayerSizes& c : {LayerSizes{6, 2, 40, CacheType::kHalf},
                              LayerSizes{6, 2, 40, CacheType::kFloat},
                              LayerSizes{6, 2, 64, CacheType::kHalf},
                              LayerSizes{4, 4, 32, CacheType::kHalf},
                              LayerSizes{4, 1, 16, CacheType::kFloat},
                              LayerSizes{6, 1, 64, CacheType::kHalf},
                              LayerSizes{6, 2, 64, CacheType::kBytes},
                              LayerSizes{6, 1, 64, CacheType::kBytes},
                              LayerSizes{6, 2, 10, CacheType::kBytes},
                              LayerSizes{1, 1, 16, CacheType::kBytes}}) {
    SCOPED_TRACE(std::to_string(c.heads) + " " + std::to_string(c.head_size));
    LayerSizes sizes = c;
    sizes.capacity = kTokens + 8;
    Layer whole(sizes);
    const auto rows = random_floats(kTokens * whole.shape.row_floats(), 9);
    const auto expected = whole.run_rows(rows, kTokens);
    Layer cut(sizes);
    EXPECT_EQ(cut.run_chunks(rows, {61, 2, 130, 63, 255, 87, 2}), expected);
    Layer stepped(sizes);
    expect_same_in_steps(
        stepped.run_chunks(rows, {1, 1, 61, 1, 130, 63, 1, 255, 1, 86}),
        expected);
  }
}

TEST_P(Kernels, AttentionOverBytesIsNearThatOverFloats) {
  for (const std::size_t head_size : {7, 64, 128}) {
    Layer floats({4, 2, head_size, CacheType::kFloat});
    Layer bytes({4, 2, head_size, CacheType::kBytes});
    const auto rows = random_floats(300 * floats.shape.row_floats(), 11);
    floats.run_rows(rows, 300);
    EXPECT_LT(relative_error(bytes.run_rows(rows, 300), floats.expected(300)),
              kByteCacheError);
  }
}

TEST_P(Kernels, ACacheOfBytesHoldsZerosAndExtremes) {
  for (const float magnitude : {0.0f, 1e-38f, 1e-20f, 1e30f}) {
    SCOPED_TRACE(magnitude);
    Layer layer({1, 1, 20, CacheType::kBytes}, {0.0f, 0, 0});
    auto rows = random_floats(9 * layer.shape.row_floats(), 12);
    for (float& value : rows) value *= magnitude;
    layer.shape.tokens = 9;
    update_cache(rows.data(), layer.shape, layer.cache);
    Floats out(9 * 20);
    attention(rows.data(), layer.shape, layer.cache, layer.scores, out.data());
    for (const float value : out) EXPECT_LE(std::abs(value), 5 * magnitude);
  }
}

TEST_P(Kernels, AttentionTakesScoresOfAnyMagnitude) {
  Layer layer({1, 1, 16});
  layer.shape.tokens = 2;
  Floats rows(2 * 48, 0.0f);
  rows[0] = rows[48] = 1e4f;  // queries
  rows[16] = 1e4f;            // a key that wins everything
  rows[48 + 16] = -1e4f;
  rows[32] = 5.0f;  // its value
  rows[48 + 32] = -7.0f;
  update_cache(rows.data(), layer.shape, layer.cache);
  Floats out(2 * 16);
  attention(rows.data(), layer.shape, layer.cache, {1.0f, 0, 0}, out.data());
  EXPECT_FLOAT_EQ(out[0], 5.0f);
  EXPECT_FLOAT_EQ(out[16], 5.0f);
}

TEST_P(Kernels, RotationFollowsTheFormula) {
  const Floats inv_freq = {1.0f, 0.1f, 0.01f};
  for (const bool interleaved : {false, true}) {
    auto x = random_floats(2 * 30, 5);
    const auto before = x;
    Floats table(2 * 6);
    fill_rope_table(inv_freq, 1.5f, 40, 2, table.data());
    rotate(
        x.data(), 2, 30, table.data(),
        {.heads = 2, .head_size = 10, .pairs = 3, .interleaved = interleaved});
    std::vector<double> expected(before.begin(), before.end());
    for (std::size_t t = 0; t < 2; ++t) {
      for (std::size_t h = 0; h < 2; ++h) {
        for (std::size_t i = 0; i < 3; ++i) {
          const std::size_t base = t * 30 + h * 10;
          const std::size_t a = base + (interleaved ? 2 * i : i);
          const std::size_t b = base + (interleaved ? 2 * i + 1 : i + 3);
          const double angle = (40.0 + static_cast<double>(t)) * inv_freq[i];
          expected[a] =
              1.5 * (before[a] * std::cos(angle) - before[b] * std::sin(angle));
          expected[b] =
              1.5 * (before[b] * std::cos(angle) + before[a] * std::sin(angle));
        }
      }
    }
    EXPECT_LT(relative_error(x, expected), 1e-5);
  }
}

TEST_P(Kernels, RmsNormFollowsTheFormula) {
  for (const std::size_t size : {1, 16, 37, 576}) {
    const auto x = random_floats(3 * size, 6);
    const auto weight = random_floats(size, 7);
    Floats out(x.size());
    rms_norm(x.data(), 3, size, weight.data(), 1e-5f, out.data());
    std::vector<double> expected(x.size());
    for (std::size_t t = 0; t < 3; ++t) {
      double squares = 0;
      for (std::size_t i = 0; i < size; ++i) {
        squares += double{x[t * size + i]} * x[t * size + i];
      }
      const double scale =
          1 / std::sqrt(squares / static_cast<double>(size) + 1e-5);
      for (std::size_t i = 0; i < size; ++i) {
        expected[t * size + i] = x[t * size + i] * scale * weight[i];
      }
    }
    EXPECT_LT(relative_error(out, expected), 1e-6);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Kernels, each_kernel_set(), kernel_set_name);

}  // namespace
}  // namespace etllm::kernels
