#pragma once

// One attention layer with its cache, beside the formula in double precision
// over everything that went into it.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "kernels/attention/attention.h"
#include "kernels/dispatch/select.h"
#include "kernels/random_weights.h"

namespace etllm::kernels {

/// What f16 and 8 bits of a cache cost on random data, at most, relative to the
/// norm of the result.
constexpr double kHalfCacheError = 1e-3;
constexpr double kByteCacheError = 2e-2;

/// The largest error of f32 caches. In tiles, weights and values are bf16.
inline double attention_tolerance() {
  return active_kernels().tiles == nullptr ? 1e-5 : 4e-3;
}

/// Beside the formula over what the cache holds, which is exact but for f16.
inline double cache_bound(CacheType type) {
  return std::max(type == CacheType::kHalf ? kHalfCacheError : 0,
                  attention_tolerance());
}

struct LayerSizes {
  std::size_t heads;
  std::size_t kv_heads;
  std::size_t head_size;
  CacheType type = CacheType::kFloat;
  std::size_t capacity = 304;
};

class Layer {
 public:
  explicit Layer(const LayerSizes& sizes,
                 const AttentionScores& scores = {kScale, 0, 0})
      : shape{0, sizes.heads, sizes.kv_heads, sizes.head_size, sizes.capacity,
              0},
        scores(scores),
        keys(cache_floats(sizes)),
        values(keys.size()),
        cache{keys.data(), values.data(), sizes.type} {}

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
    if (cache.type == CacheType::kBytes) read_back(tokens);
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
  static std::size_t cache_floats(const LayerSizes& sizes) {
    const std::size_t rows = sizes.kv_heads * sizes.capacity;
    switch (sizes.type) {
      case CacheType::kBytes:
        return rows * (sizes.head_size + 4) / 4;
      case CacheType::kHalf:
        return rows * sizes.head_size / 2;
      default:
        return rows * sizes.head_size;
    }
  }

  /// Puts what the bytes of the cache stand for into the last rows.
  void read_back(std::size_t tokens) {
    const std::size_t size = shape.head_size;
    const std::size_t head_bytes = shape.capacity * (size + 4);
    for (std::size_t p = shape.start; p < shape.start + tokens; ++p) {
      const std::size_t slot = p % shape.capacity;
      float* row = history.data() + p * shape.row_floats() + shape.heads * size;
      for (std::size_t g = 0; g < shape.kv_heads; ++g) {
        const auto* key =
            reinterpret_cast<const std::byte*>(keys.data()) + g * head_bytes;
        read_head(key, slot / 16 * 16 * size + slot % 16, 16, slot,
                  row + g * size);
        const auto* value =
            reinterpret_cast<const std::byte*>(values.data()) + g * head_bytes;
        read_head(value, slot * size, 1, slot,
                  row + (shape.kv_heads + g) * size);
      }
    }
  }

  void read_head(const std::byte* head, std::size_t first, std::size_t step,
                 std::size_t slot, float* out) const {
    float scale;
    std::memcpy(&scale, head + shape.capacity * shape.head_size + slot * 4, 4);
    for (std::size_t i = 0; i < shape.head_size; ++i) {
      const auto byte = static_cast<std::int8_t>(head[first + i * step]);
      const float value = scale * static_cast<float>(byte);
      // Rounded to nearest; the sum below has roundings of its own.
      EXPECT_LE(std::abs(value - out[i]), scale * 0.50002f);
      out[i] = value;
    }
  }

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
  Floats keys;  // Whatever the elements are.
  Floats values;
  KvCache cache;
  Floats history;
};

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
