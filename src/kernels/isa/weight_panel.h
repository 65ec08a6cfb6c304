#pragma once

// Products with weights that torchao packed for its linear operators ("8-bit
// activations, x-bit weights, universal"). Templated like
// multiply_quantized.h.

#include "kernels/dispatch/stock_tasks.h"

namespace etllm::kernels {

/// Sixteen columns of eight rows as floats, [column][row], without scales.
/// They lie as two times eight columns of eight rows; four bits are pairs of
/// values that are sixteen apart in a block of 32.
template <class Isa>
void unpack_columns(const unsigned char* data, int bits, float* out) {
  std::int8_t values[kPanelRows * kPanelColumns];
  if (bits == 8) {
    __builtin_memcpy(values, data, sizeof values);
  } else {
    for (std::size_t block = 0; block < 4; ++block) {
      for (std::size_t i = 0; i < 16; ++i) {
        const unsigned byte = data[16 * block + i];
        values[32 * block + i] = static_cast<std::int8_t>((byte & 15) - 8);
        values[32 * block + 16 + i] = static_cast<std::int8_t>((byte >> 4) - 8);
      }
    }
  }
  for (std::size_t half = 0; half < 2; ++half) {
    for (std::size_t row = 0; row < kPanelRows; ++row) {
      for (std::size_t c = 0; c < 8; ++c) {
        out[(half * 8 + c) * kPanelRows + row] =
            values[half * 64 + row * 8 + c];
      }
    }
  }
}

/// At most eight tokens, [tokens][columns]; see `multiply_panel`.
template <class Isa>
void multiply_panel_tile(const WeightPanel& panel, const float* x,
                         std::size_t tokens, float* out, std::size_t stride) {
  using Eight = float __attribute__((vector_size(32)));
  constexpr std::size_t kMost = 8;
  const std::size_t bytes =
      kPanelRows * kPanelColumns * static_cast<std::size_t>(panel.bits) / 8;
  Eight total[kMost] = {};
  const unsigned char* at = panel.data;
  for (std::size_t group = 0; group < panel.columns;
       group += panel.group_size) {
    Eight sum[kMost] = {};
    for (std::size_t i = 0; i < panel.group_size; i += kPanelColumns) {
      Eight weights[kPanelColumns];
      float unpacked[kPanelColumns * kPanelRows];
      unpack_columns<Isa>(at, panel.bits, unpacked);
      __builtin_memcpy(weights, unpacked, sizeof weights);
      at += bytes;
      for (std::size_t t = 0; t < tokens; ++t) {
        const float* row = x + t * panel.columns + group + i;
        for (std::size_t c = 0; c < kPanelColumns; ++c) {
          sum[t] += weights[c] * row[c];
        }
      }
    }
    Eight scales;
    __builtin_memcpy(&scales, at, sizeof scales);
    // The sums of the values, which follow, serve integer products only.
    at += sizeof scales + kPanelRows * sizeof(std::int32_t);
    for (std::size_t t = 0; t < tokens; ++t) total[t] += sum[t] * scales;
  }
  for (std::size_t t = 0; t < tokens; ++t) {
    __builtin_memcpy(out + t * stride, &total[t], sizeof total[t]);
  }
}

/// `out[t * stride + r]` is the product of row r and token t.
template <class Isa>
void multiply_panel(const WeightPanel& panel, const float* x,
                    std::size_t tokens, float* out, std::size_t stride) {
  for (std::size_t t = 0; t < tokens; t += 8) {
    const std::size_t count = tokens - t < 8 ? tokens - t : 8;
    multiply_panel_tile<Isa>(panel, x + t * panel.columns, count,
                             out + t * stride, stride);
  }
}

}  // namespace etllm::kernels
