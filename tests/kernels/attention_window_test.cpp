// Attention that sees only a window, over plain caches and rings, and scores
// with a soft cap.

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "kernels/attention_layer.h"
#include "support/kernel_set_test.h"

namespace etllm::kernels {
namespace {

using AttentionWindow = KernelSetTest;

/// A ring for chunks of up to `largest` tokens.
std::size_t ring_capacity(std::size_t window, std::size_t largest) {
  return (window + largest - 1 + 255) / 256 * 256;
}

TEST_P(AttentionWindow, FollowsTheFormulaForAnyChunks) {
  for (const std::size_t window : {1, 16, 100, 256, 5000}) {
    for (const LayerSizes& sizes :
         {LayerSizes{6, 2, 64, CacheType::kHalf, 400},
          LayerSizes{2, 2, 7, CacheType::kFloat, 400},
          LayerSizes{3, 1, 80, CacheType::kBytes, 400}}) {
      Layer layer(sizes, {Layer::kScale, window, 0});
      unsigned seed = 1;
      for (const std::size_t tokens : {1, 5, 1, 70, 3, 200, 1, 64, 1}) {
        SCOPED_TRACE(std::to_string(window) + " of " +
                     std::to_string(layer.shape.start));
        const auto out = layer.run(tokens, seed++);
        EXPECT_LT(relative_error(out, layer.expected(tokens)),
                  cache_bound(sizes.type));
      }
    }
  }
}

TEST_P(AttentionWindow, LongerThanEverythingChangesNothing) {
  Layer plain({4, 2, 32, CacheType::kHalf, 608});
  Layer windowed({4, 2, 32, CacheType::kHalf, 608}, {Layer::kScale, 600, 0});
  const auto rows = random_floats(600 * plain.shape.row_floats(), 3);
  EXPECT_EQ(windowed.run_rows(rows, 600), plain.run_rows(rows, 600));
}

TEST_P(AttentionWindow, InARingHoldsWhatAPlainCacheHolds) {
  // Three times around, so that chunks begin and end everywhere.
  for (const std::size_t window : {1, 16, 100, 256}) {
    SCOPED_TRACE(window);
    const std::size_t capacity = ring_capacity(window, 130);
    const std::size_t tokens = 3 * capacity + 5;
    const AttentionScores scores{Layer::kScale, window, 0};
    for (const auto& [head_size, type] :
         {std::pair<std::size_t, CacheType>{16, CacheType::kHalf},
          {10, CacheType::kFloat},
          {16, CacheType::kBytes}}) {
      const LayerSizes plain_sizes{2, 1, head_size, type,
                                   (tokens + 15) / 16 * 16};
      LayerSizes ring_sizes = plain_sizes;
      ring_sizes.capacity = capacity;
      Layer plain(plain_sizes, scores);
      const auto rows = random_floats(tokens * plain.shape.row_floats(), 4);
      const auto expected = plain.run_rows(rows, tokens);
      EXPECT_LT(relative_error(expected, plain.expected(tokens)),
                cache_bound(CacheType::kHalf));
      Layer ring(ring_sizes, scores);
      EXPECT_EQ(ring.run_chunks(rows, {130, 2, 61, 97, 3, 128, 7}), expected);
      for (const std::vector<std::size_t>& chunks :
           {std::vector<std::size_t>{1}, {130, 1, 61, 1, 1, 7}}) {
        Layer stepped(ring_sizes, scores);
        expect_same_in_steps(stepped.run_chunks(rows, chunks), expected);
      }
    }
  }
}

TEST_P(AttentionWindow, ASoftCapFollowsTheFormula) {
  for (const float cap : {0.5f, 5.0f, 50.0f}) {
    for (const std::size_t window : {0, 20}) {
      SCOPED_TRACE(cap);
      Layer layer({4, 2, 32}, {1.0f, window, cap});
      for (const std::size_t tokens : {1, 90, 1, 3}) {
        const auto out = layer.run(tokens, 5);
        EXPECT_LT(relative_error(out, layer.expected(tokens)),
                  attention_tolerance());
      }
    }
  }
}

TEST(FitsCache, AsksForAWindowBeforeEveryTokenOfACall) {
  AttentionShape shape{.tokens = 100,
                       .heads = 1,
                       .kv_heads = 1,
                       .head_size = 1,
                       .capacity = 256,
                       .start = 156};
  EXPECT_TRUE(fits_cache(shape, 0));
  shape.start = 157;
  EXPECT_FALSE(fits_cache(shape, 0));
  EXPECT_TRUE(fits_cache(shape, 1));
  EXPECT_TRUE(fits_cache(shape, 157));
  EXPECT_FALSE(fits_cache(shape, 158));
  EXPECT_FALSE(fits_cache(shape, static_cast<std::size_t>(-1)));
  shape.start = static_cast<std::size_t>(-1) / 2;
  EXPECT_TRUE(fits_cache(shape, 157));
  shape.capacity = 272;  // A span would wrap inside.
  EXPECT_FALSE(fits_cache(shape, 1));
  shape.capacity = 0;
  EXPECT_FALSE(fits_cache(shape, 1));
}

INSTANTIATE_TEST_SUITE_P(All, AttentionWindow, each_kernel_set(),
                         kernel_set_name);

}  // namespace
}  // namespace etllm::kernels
