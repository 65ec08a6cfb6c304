#pragma once

// Reads the arguments of an operator call and checks them on the way. After
// the first wrong one everything reads as empty, and `finish` fails the call:
//
//   Arguments in(context, args);
//   const Rows x = in.rows();
//   const float scale = in.number();
//   const Output out = in.output();
//   if (!in.finish(x.width == out.width)) return;

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/attention/attention.h"
#include "kernels/formats/activation_function.h"
#include "kernels/linear/weight_matrix.h"
#include "operators/operators.h"

namespace etllm::operators {

using executorch::aten::Tensor;

/// Activations, f32 [1, tokens, width].
struct Rows {
  float* data = nullptr;
  std::size_t tokens = 0;
  std::size_t width = 0;
};

/// Bytes of a weight, before its shape is known.
using WeightBytes = std::span<const std::byte>;

/// A cache, [heads, capacity, head_size]; a row of bytes has room for a scale
/// as well.
struct CacheTensor {
  void* data = nullptr;
  kernels::CacheType type = kernels::CacheType::kFloat;
  std::size_t heads = 0;
  std::size_t capacity = 0;
  std::size_t head_size = 0;
};

class Arguments {
 public:
  Arguments(KernelRuntimeContext& context, Span<EValue*> values)
      : context_(context), values_(values) {}

  Rows rows();
  /// Like `rows`, for the tensor that the call fills; see `resize`.
  Rows output();
  std::span<const float> floats();
  /// None reads as an empty span; what is there must not be empty.
  std::span<const float> optional_floats();
  std::span<const std::int64_t> longs();
  WeightBytes weight();
  CacheTensor cache();
  std::int64_t integer();
  float number();
  bool boolean();

  /// A positive integer below 2^31, as sizes are.
  std::size_t size();
  /// The same, or zero.
  std::size_t count();
  /// The number of one of them.
  kernels::ActivationFunction activation();
  /// The one element of a position tensor, from 0 to below 2^31.
  std::size_t position();

  /// Gives the output that was read last `tokens` rows; false when its bound
  /// forbids that.
  bool resize(Rows& output, std::size_t tokens);

  /// Whether every argument was there and of its type, and `holds`; fails the
  /// call otherwise.
  bool finish(bool holds = true);

 private:
  EValue* next();
  Tensor* tensor(executorch::aten::ScalarType type, std::size_t dim);

  KernelRuntimeContext& context_;
  Span<EValue*> values_;
  std::size_t index_ = 0;
  bool is_valid_ = true;
  Tensor* output_ = nullptr;
};

}  // namespace etllm::operators
