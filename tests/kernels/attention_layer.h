#pragma once

// One attention layer with its cache, beside the formula in double precision
// over everything that went into it.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "kernels/attention/attention.h"
#include "kernels/dispatch/select.h"
#include "kernels/random_weights.h"

namespace etllm::kernels {

struct LayerSizes {
  std::size_t heads;
  std::size_t kv_heads;
  std::size_t head_size;
  bool is_half = false;
  std::size_t capacity = 304;
};

class Layer {
 public:
  explicit Layer(const LayerSizes& sizes,
                 const AttentionScores& scores = {kScale, 0, 0})
      : shape{0, sizes.heads, sizes.kv_heads, sizes.head_size, sizes.capacity,
              0},
        scores(scores),
        keys(sizes.kv_heads * sizes.capacity * sizes.head_size /
             (sizes.is_half ? 2 : 1)),
        values(keys.size()),
        cache{keys.data(), values.data(), sizes.is_half} {}

  /// Appends `tokens` random rows; returns the attention's output.
  Floats run(std::size_t tokens, unsigned seed) {
    return run_rows(random_floats(tokens * shape.row_floats(), seed), tokens);
  }

  Floats run_rows(const Floats& rows, std::size_t tokens) {
    shape.tokens = tokens;
    EXPECT_TRUE(fits_cache(shape, scores.window));
    update_cache(rows.data(), shape, cache);
    Floats out(tokens * shape.heads * shape.head_size);
    attention(rows.data(), shape, cache, scores, out.data());
    history.insert(history.end(), rows.begin(), rows.end());
    shape.start += tokens;
    return out;
  }

  /// All of `rows`, in chunks of these sizes again and again.
  Floats run_chunks(const Floats& rows, const std::vector<std::size_t>& sizes) {
    const std::size_t width = shape.row_floats();
    const std::size_t tokens = rows.size() / width;
    Floats out;
    std::size_t done = 0;
    for (std::size_t i = 0; done < tokens; ++i) {
      const std::size_t size = std::min(sizes[i % sizes.size()], tokens - done);
      const auto begin =
          rows.begin() + static_cast<std::ptrdiff_t>(done * width);
      const Floats part(begin,
                        begin + static_cast<std::ptrdiff_t>(size * width));
      const Floats result = run_rows(part, size);
      out.insert(out.end(), result.begin(), result.end());
      done += size;
    }
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

  double score(std::size_t position, std::size_t head, std::size_t p,
               std::size_t key_head) const {
    double sum = 0;
    for (std::size_t i = 0; i < shape.head_size; ++i) {
      sum += double{row(position, head)[i]} * row(p, key_head)[i];
    }
    sum *= scores.scale;
    const double cap = scores.soft_cap;
    return cap == 0 ? sum : cap * std::tanh(sum / cap);
  }

  void attend(std::size_t position, std::size_t head,
              std::vector<double>& out) const {
    const std::size_t kv = head / (shape.heads / shape.kv_heads);
    const std::size_t first = scores.window == 0 || scores.window > position
                                  ? 0
                                  : position + 1 - scores.window;
    std::vector<double> result(shape.head_size);
    double total = 0;
    for (std::size_t p = first; p <= position; ++p) {
      const double weight =
          std::exp(score(position, head, p, shape.heads + kv));
      total += weight;
      for (std::size_t i = 0; i < shape.head_size; ++i) {
        result[i] += weight * row(p, shape.heads + shape.kv_heads + kv)[i];
      }
    }
    for (const double value : result) out.push_back(value / total);
  }

 public:
  AttentionShape shape;
  AttentionScores scores;
  Floats keys;  // Two f16 are as large as a float.
  Floats values;
  KvCache cache;
  Floats history;
};

/// The largest error of f32 caches. Tiles hold numbers in two parts of bf16.
inline double attention_tolerance() {
  return active_kernels().tiles == nullptr ? 1e-5 : 3e-5;
}

/// Single tokens are computed like all others, to the last bit, except where
/// there are tiles, which leave them to the vectors.
inline void expect_same_in_steps(const Floats& stepped,
                                 const Floats& together) {
  if (active_kernels().tiles == nullptr) {
    EXPECT_EQ(stepped, together);
    return;
  }
  ASSERT_EQ(stepped.size(), together.size());
  const std::vector<double> expected(together.begin(), together.end());
  EXPECT_LT(relative_error(stepped, expected), attention_tolerance());
}

}  // namespace etllm::kernels
