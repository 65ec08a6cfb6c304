// Attention, rotation and normalisation against their formulas in double
// precision.

#include "kernels/attention/attention.h"

#include <gtest/gtest.h>

#include <string>

#include "kernels/dispatch/select.h"
#include "kernels/elementwise/rms_norm.h"
#include "kernels/elementwise/rope.h"
#include "kernels/random_weights.h"
#include "support/kernel_set_test.h"

namespace etllm::kernels {
namespace {

using Kernels = KernelSetTest;

/// One layer's cache and every key and value that went into it.
struct Layer {
  Layer(std::size_t heads, std::size_t kv_heads, std::size_t head_size,
        bool is_half, std::size_t capacity = 304)
      : shape{0, heads, kv_heads, head_size, capacity, 0},
        keys(kv_heads * capacity * head_size / (is_half ? 2 : 1)),
        values(keys.size()),
        cache{keys.data(), values.data(), is_half} {}

  /// Appends `tokens` random rows; returns the attention's output.
  Floats run(std::size_t tokens, unsigned seed) {
    return run_rows(random_floats(tokens * shape.row_floats(), seed), tokens);
  }

  Floats run_rows(const Floats& rows, std::size_t tokens) {
    shape.tokens = tokens;
    update_cache(rows.data(), shape, cache);
    Floats out(tokens * shape.heads * shape.head_size);
    attention(rows.data(), shape, cache, kScale, out.data());
    history.insert(history.end(), rows.begin(), rows.end());
    shape.start += tokens;
    return out;
  }

  /// The formula, for the last `tokens` rows.
  std::vector<double> expected(std::size_t tokens) const {
    std::vector<double> out;
    for (std::size_t p = shape.start - tokens; p < shape.start; ++p) {
      for (std::size_t h = 0; h < shape.heads; ++h) attend(p, h, out);
    }
    return out;
  }

  static constexpr float kScale = 0.3f;

 private:
  const float* row(std::size_t position, std::size_t head) const {
    return history.data() + position * shape.row_floats() +
           head * shape.head_size;
  }

  void attend(std::size_t position, std::size_t head,
              std::vector<double>& out) const {
    const std::size_t kv = head / (shape.heads / shape.kv_heads);
    std::vector<double> result(shape.head_size);
    double total = 0;
    for (std::size_t p = 0; p <= position; ++p) {
      double score = 0;
      for (std::size_t i = 0; i < shape.head_size; ++i) {
        score += double{row(position, head)[i]} * row(p, shape.heads + kv)[i];
      }
      const double weight = std::exp(score * kScale);
      total += weight;
      for (std::size_t i = 0; i < shape.head_size; ++i) {
        result[i] += weight * row(p, shape.heads + shape.kv_heads + kv)[i];
      }
    }
    for (const double value : result) out.push_back(value / total);
  }

 public:
  AttentionShape shape;
  Floats keys;  // Two f16 are as large as a float.
  Floats values;
  KvCache cache;
  Floats history;
};

TEST_P(Kernels, AttentionFollowsTheFormulaForAnyChunks) {
  struct Case {
    std::size_t heads, kv_heads, head_size;
    bool is_half;
  };
  for (const Case& c : {Case{9, 3, 64, true}, Case{4, 4, 80, false},
                        Case{8, 1, 50, true}, Case{2, 2, 7, false}}) {
    Layer layer(c.heads, c.kv_heads, c.head_size, c.is_half);
    unsigned seed = 1;
    for (const std::size_t tokens : {1, 5, 1, 70, 3, 128, 1, 2}) {
      SCOPED_TRACE(std::to_string(c.head_size) + " at " +
                   std::to_string(layer.shape.start));
      const auto out = layer.run(tokens, seed++);
      EXPECT_LT(relative_error(out, layer.expected(tokens)),
                c.is_half ? 1e-3 : 1e-5);
    }
  }
}

TEST_P(Kernels, AttentionDoesNotDependOnTheChunk) {
  // Past two spans of 256 positions, in one chunk and cut in odd places.
  constexpr std::size_t kTokens = 600;
  struct Case {
    std::size_t heads, kv_heads, head_size;
    bool is_half;
  };
  // One token reads the cache in another way when its heads are few and their
  // size is a multiple of 16.
  for (const Case& c :
       {Case{6, 2, 40, true}, Case{6, 2, 40, false}, Case{6, 2, 64, true},
        Case{4, 4, 32, true}, Case{4, 1, 16, false}, Case{6, 1, 64, true}}) {
    SCOPED_TRACE(std::to_string(c.heads) + " " + std::to_string(c.head_size));
    Layer whole(c.heads, c.kv_heads, c.head_size, c.is_half, kTokens + 8);
    const auto rows = random_floats(kTokens * whole.shape.row_floats(), 9);
    const auto expected = whole.run_rows(rows, kTokens);
    Layer cut(c.heads, c.kv_heads, c.head_size, c.is_half, kTokens + 8);
    Floats out;
    std::size_t done = 0;
    for (const std::size_t tokens : {1, 1, 61, 1, 130, 63, 1, 255, 1, 86}) {
      const std::size_t width = whole.shape.row_floats();
      const Floats part(
          rows.begin() + static_cast<std::ptrdiff_t>(done * width),
          rows.begin() + static_cast<std::ptrdiff_t>((done + tokens) * width));
      const auto result = cut.run_rows(part, tokens);
      out.insert(out.end(), result.begin(), result.end());
      done += tokens;
    }
    ASSERT_EQ(done, kTokens);
    EXPECT_EQ(out, expected);
  }
}

TEST_P(Kernels, AttentionTakesScoresOfAnyMagnitude) {
  Layer layer(1, 1, 16, false);
  layer.shape.tokens = 2;
  Floats rows(2 * 48, 0.0f);
  rows[0] = rows[48] = 1e4f;  // queries
  rows[16] = 1e4f;            // a key that wins everything
  rows[48 + 16] = -1e4f;
  rows[32] = 5.0f;  // its value
  rows[48 + 32] = -7.0f;
  update_cache(rows.data(), layer.shape, layer.cache);
  Floats out(2 * 16);
  attention(rows.data(), layer.shape, layer.cache, 1.0f, out.data());
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
