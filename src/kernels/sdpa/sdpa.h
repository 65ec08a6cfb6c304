#pragma once

// Scaled dot product attention as stock programs call it: queries and caches
// of any element type and layout. No matrix of scores is kept.

#include "kernels/dispatch/stock_tasks.h"

namespace etllm::kernels {

/// A four-dimensional tensor of heads: strides in elements. The parameters of
/// kInt8 have strides of their own.
struct HeadTensor {
  const void* data;
  ElementType type;
  std::size_t batch_stride;
  std::size_t head_stride;
  std::size_t token_stride;
  const float* scales = nullptr;
  const std::int8_t* zeros = nullptr;
  std::size_t parameter_batch_stride = 0;
  std::size_t parameter_head_stride = 0;
  std::size_t parameter_token_stride = 0;
};

/// The sizes of an attention call and what limits the sight of a token.
struct SdpaShape {
  std::size_t batch;
  std::size_t tokens;
  std::size_t heads;  ///< Query heads; a multiple of `kv_heads`.
  std::size_t kv_heads;
  std::size_t head_size;  ///< At most kMaxSdpaHeadSize.
  std::size_t length;     ///< Positions that exist, at least 1.
  /// Token t sees the positions below `seen + t`, and below `length`.
  std::size_t seen;
  float scale;
  const float* mask;  ///< [tokens][length], added to scores; may be null.
};

/// Bounds the scratch memory of a thread to a few megabytes.
inline constexpr std::size_t kMaxSdpaHeadSize = 8192;

/// `out` has the strides of the queries. A token that sees no position, or
/// whose mask is minus infinity everywhere, gets zeros.
void sdpa(const SdpaShape& shape, const HeadTensor& queries,
          const HeadTensor& keys, const HeadTensor& values, void* out,
          ElementType out_type);

}  // namespace etllm::kernels
