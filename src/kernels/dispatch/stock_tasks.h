#pragma once

// The plain data of the kernels behind the operators of stock programs. The
// rules of kernel_set.h hold here too.

#include <cstddef>
#include <cstdint>

namespace etllm::kernels {

enum class ElementType : std::uint8_t { kFloat, kHalf, kBFloat16, kInt8 };

/// Rows of elements, `stride` elements apart. Those of kInt8 stand for
/// `(element - zeros[row]) * scales[row]`, where the parameters of successive
/// rows are `parameter_stride` apart.
struct ElementRows {
  const void* data;
  ElementType type;
  std::size_t stride;
  const float* scales;
  const std::int8_t* zeros;
  std::size_t parameter_stride;
};

/// Scaled dot product attention of some tokens' queries, with `heads` query
/// heads each, to the positions of one KV head.
struct SdpaTask {
  ElementRows queries;  ///< Of the first head, one row for each token.
  std::size_t query_head_stride;
  std::size_t parameter_head_stride;
  ElementRows keys;
  ElementRows values;

  void* out;  ///< Strides are those of the queries.
  ElementType out_type;

  const float* mask;  ///< Added to the scores; null where there is none.
  std::size_t mask_stride;

  std::size_t tokens;
  std::size_t heads;
  std::size_t head_size;
  std::size_t length;  ///< Positions.
  /// Token t sees the positions below `seen + t` (if they are below `length`).
  std::size_t seen;
  float scale;
};

/// The gated delta rule on one state, [key_size][value_size]: for each token,
///   state *= decay; state += key x ((value - key state) * beta);
///   out = query state
/// Rows are contiguous; `heads` query heads read the state, each with its
/// queries and outputs for all tokens.
struct DeltaRuleTask {
  const float* queries;  ///< [heads][tokens][key_size]
  const float* keys;     ///< [tokens][key_size]
  const float* values;   ///< [tokens][value_size]
  const float* decays;   ///< [tokens], or [tokens][key_size]
  bool has_channel_decay;
  const float* betas;  ///< [tokens]
  float* state;
  float* out;  ///< [heads][tokens][value_size]
  std::size_t tokens;
  std::size_t heads;
  std::size_t key_size;
  std::size_t value_size;
  /// The columns of the state to work on; they do not depend on each other.
  std::size_t first_column;
  std::size_t columns;
};

/// Rows of a matrix that torchao packed together.
inline constexpr std::size_t kPanelRows = 8;
/// Columns whose values lie together.
inline constexpr std::size_t kPanelColumns = 16;

/// Eight rows of such a matrix, in groups of columns: the values, then eight
/// f32 scales, then eight sums of 32 bits.
struct WeightPanel {
  const unsigned char* data;
  std::size_t columns;
  std::size_t group_size;  ///< A multiple of 16.
  int bits;                ///< 4 or 8.
};

}  // namespace etllm::kernels
