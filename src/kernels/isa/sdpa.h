#pragma once

// Attention over the cache layouts of stock programs: any element type, any
// strides, with or without a mask. Positions are converted 64 at a time and
// serve all queries of a task, with the running softmax of attend_many.h.
// Templated like multiply_quantized.h.

#include "kernels/isa/attend_positions.h"
#include "kernels/isa/element_rows.h"

namespace etllm::kernels {

/// Up to that many rows, keys are multiplied as they lie; interleaving them
/// first pays for more.
inline constexpr std::size_t kFewRows = 8;

template <class Isa>
void start_sdpa(AttentionTile<Isa>& tile, const SdpaTask& task) {
  for (std::size_t row = 0; row < tile.padded_rows; ++row) {
    float* query = tile.query + row * tile.width;
    std::size_t size = 0;
    if (row < tile.rows) {
      const std::size_t token = row / task.heads;
      const std::size_t head = row % task.heads;
      size = tile.size;
      read_elements<Isa>(
          task.queries,
          token * task.queries.stride + head * task.query_head_stride,
          token * task.queries.parameter_stride +
              head * task.parameter_head_stride,
          size, query);
    }
    for (std::size_t i = 0; i < size; ++i) query[i] *= task.scale;
    for (std::size_t i = size; i < tile.width; ++i) query[i] = 0.0f;
    float* sum = tile.sum + row * tile.width;
    for (std::size_t i = 0; i < tile.width; ++i) sum[i] = 0.0f;
    tile.largest[row] = -__builtin_inff();
    tile.total[row] = 0.0f;
  }
}

/// Converts `count` positions from `first` on to rows of whole vectors.
template <class Isa>
void load_rows(const AttentionTile<Isa>& tile, const ElementRows& rows,
               std::size_t first, std::size_t count, float* out) {
  for (std::size_t p = 0; p < count; ++p) {
    float* row = out + p * tile.width;
    read_elements<Isa>(rows, (first + p) * rows.stride,
                       (first + p) * rows.parameter_stride, tile.size, row);
    for (std::size_t i = tile.size; i < tile.width; ++i) row[i] = 0.0f;
  }
}

/// Brings keys that lie in rows in `tile.values` into `tile.keys`.
template <class Isa>
void interleave_keys(const AttentionTile<Isa>& tile, std::size_t count) {
  for (std::size_t p = 0; p < count; ++p) {
    const float* row = tile.values + p * tile.width;
    for (std::size_t i = 0; i < tile.size; ++i) {
      tile.keys[interleaved_key<Isa>(p, i, tile.size)] = row[i];
    }
  }
}

/// Keys and values of up to 64 positions, in rows of floats.
template <class Isa>
struct PositionRows {
  typename Isa::F value(std::size_t position, std::size_t i) const {
    return Isa::load(values + position * value_stride + i);
  }

  const float* keys;
  std::size_t key_stride;
  const float* values;
  std::size_t value_stride;
};

/// One row's scores of `Count` keys from `p` on.
template <class Isa, int Count>
inline void score_keys(const AttentionTile<Isa>& tile,
                       const PositionRows<Isa>& rows, std::size_t row,
                       std::size_t p) {
  const float* query = tile.query + row * tile.width;
  const float* keys = rows.keys + p * rows.key_stride;
  typename Isa::F sum[Count] = {};
  for (std::size_t i = 0; i < tile.width; i += Isa::kLanes) {
    const auto lanes = Isa::load(query + i);
#pragma GCC unroll 4
    for (int k = 0; k < Count; ++k) {
      sum[k] =
          Isa::fma(Isa::load(keys + k * rows.key_stride + i), lanes, sum[k]);
    }
  }
  float* scores = tile.weights + row * kAttentionKeys + p;
  for (int k = 0; k < Count; ++k) scores[k] = Isa::reduce_add(sum[k]);
}

/// One row's scores of `count` keys.
template <class Isa>
void score_row(const AttentionTile<Isa>& tile, const PositionRows<Isa>& rows,
               std::size_t row, std::size_t count) {
  std::size_t p = 0;
  for (; p + 4 <= count; p += 4) score_keys<Isa, 4>(tile, rows, row, p);
  for (; p < count; ++p) score_keys<Isa, 1>(tile, rows, row, p);
}

/// Adds a part of the mask to a row's scores; whether any is left to see.
template <class Isa>
bool add_mask(float* scores, const float* mask, std::size_t count) {
  bool sees = false;
  for (std::size_t p = 0; p < count; ++p) {
    scores[p] += mask[p];
    sees = sees || !(scores[p] == -__builtin_inff());
  }
  return sees;
}

/// The positions from `first` on, `count` of which are loaded.
template <class Isa>
void attend_loaded(AttentionTile<Isa>& tile, const SdpaTask& task,
                   const PositionRows<Isa>& rows, std::size_t first,
                   std::size_t count, bool is_interleaved) {
  constexpr std::size_t kStep = AttentionTile<Isa>::kRowStep;
  // How many of them a row may see; a later one sees no fewer.
  const auto valid_of = [&](std::size_t row) {
    const std::size_t end =
        row < tile.rows ? task.seen + row / task.heads : std::size_t{0};
    const std::size_t valid = end > first ? end - first : 0;
    return valid < count ? valid : count;
  };
  for (std::size_t row = 0; row < tile.rows; row += kStep) {
    const std::size_t last = row + kStep - 1;
    const std::size_t most = valid_of(last < tile.rows ? last : tile.rows - 1);
    if (most == 0) continue;
    if (is_interleaved) {
      score_rows<Isa, kStep>(tile, ConvertedPositions<Isa>(tile), row,
                             {0, most});
    }
    for (std::size_t r = row; r < row + kStep; ++r) {
      const std::size_t token = r / task.heads;
      std::size_t valid = valid_of(r);
      if (!is_interleaved && valid > 0) score_row<Isa>(tile, rows, r, valid);
      if (task.mask != nullptr && valid > 0 &&
          !add_mask<Isa>(tile.weights + r * kAttentionKeys,
                         task.mask + token * task.mask_stride + first, valid)) {
        valid = 0;
      }
      update_softmax<Isa>(tile, r, {0, valid});
    }
    add_weighted_values<Isa, kStep>(tile, rows, row, {0, most});
  }
}

/// A row that saw nothing is zero.
template <class Isa>
void finish_sdpa(const AttentionTile<Isa>& tile, const SdpaTask& task) {
  for (std::size_t row = 0; row < tile.rows; ++row) {
    const float total = tile.total[row];
    const float factor = total == 0.0f ? 0.0f : 1.0f / total;
    float* sum = tile.sum + row * tile.width;
    for (std::size_t i = 0; i < tile.size; ++i) sum[i] *= factor;
    write_elements<Isa>(sum, tile.size, task.out_type, task.out,
                        row / task.heads * task.queries.stride +
                            row % task.heads * task.query_head_stride);
  }
}

/// The positions from `first` on where they lie, as floats in whole vectors.
template <class Isa>
PositionRows<Isa> rows_in_place(const SdpaTask& task, std::size_t first) {
  const auto at = [&](const ElementRows& rows) {
    return static_cast<const float*>(rows.data) + first * rows.stride;
  };
  return {at(task.keys), task.keys.stride, at(task.values), task.values.stride};
}

template <class Isa>
void sdpa(const SdpaTask& task, float* scratch) {
  const AttentionQueries shape{.queries = nullptr,
                               .query_stride = 0,
                               .out = nullptr,
                               .out_stride = 0,
                               .tokens = task.tokens,
                               .heads = task.heads,
                               .start = 0,
                               .scale = 1.0f,
                               .window = 0,
                               .soft_cap = 0.0f};
  AttentionTile<Isa> tile(shape, task.head_size, scratch);
  start_sdpa<Isa>(tile, task);
  const bool is_interleaved = tile.rows > kFewRows;
  const bool is_direct = !is_interleaved && tile.size == tile.width &&
                         task.keys.type == ElementType::kFloat &&
                         task.values.type == ElementType::kFloat;
  const std::size_t last = task.seen + task.tokens - 1;
  const std::size_t length = last < task.length ? last : task.length;
  for (std::size_t first = 0; first < length; first += kAttentionKeys) {
    const std::size_t rest = length - first;
    const std::size_t count = rest < kAttentionKeys ? rest : kAttentionKeys;
    const PositionRows<Isa> positions =
        is_direct
            ? rows_in_place<Isa>(task, first)
            : PositionRows<Isa>{tile.keys, tile.width, tile.values, tile.width};
    if (!is_direct) {
      load_rows<Isa>(tile, task.keys, first, count,
                     is_interleaved ? tile.values : tile.keys);
      if (is_interleaved) interleave_keys<Isa>(tile, count);
      load_rows<Isa>(tile, task.values, first, count, tile.values);
    }
    attend_loaded<Isa>(tile, task, positions, first, count, is_interleaved);
  }
  finish_sdpa<Isa>(tile, task);
}

}  // namespace etllm::kernels
