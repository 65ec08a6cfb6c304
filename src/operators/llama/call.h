#pragma once

// Reads the arguments of a call from a stock program, in the order of the
// operator's schema. After the first one of a wrong type everything reads as
// empty, and `finish` fails the call:
//
//   Call call(context, args);
//   const Tensor* value = call.tensor();
//   const std::int64_t start = call.integer();
//   if (!call.finish(start >= 0)) return;

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "kernels/dispatch/stock_tasks.h"
#include "operators/operators.h"

namespace etllm::operators::llama {

using executorch::aten::ScalarType;
using executorch::aten::Tensor;

class Call {
 public:
  Call(KernelRuntimeContext& context, Span<EValue*> values)
      : context_(context), values_(values) {}

  /// A tensor with memory, in the default order of dimensions. Null where the
  /// call has failed: check `finish` before use.
  Tensor* tensor();
  /// Null where the program passes none.
  Tensor* optional_tensor();
  std::int64_t integer();
  /// A number that is not negative.
  std::size_t position();
  double number();
  std::optional<double> optional_number();
  bool boolean();
  std::string_view text();

  /// Whether every argument was there and of its type, and `holds`; fails the
  /// call otherwise.
  bool finish(bool holds = true);

 private:
  EValue* next();
  Tensor* checked_tensor(EValue* value);

  KernelRuntimeContext& context_;
  Span<EValue*> values_;
  std::size_t index_ = 0;
  bool is_valid_ = true;
};

/// The size of a dimension; tensors have no negative ones.
inline std::size_t size_of(const Tensor& tensor, std::size_t dim) {
  return static_cast<std::size_t>(tensor.sizes()[dim]);
}

/// Whether `tensor` has these sizes.
bool has_sizes(const Tensor& tensor, std::span<const std::size_t> sizes);

/// Gives an output its sizes; false when its bound forbids that.
bool resize(Tensor& tensor, std::span<const std::size_t> sizes);

/// What the attention kernels call a type of elements; nothing for others.
std::optional<kernels::ElementType> element_type(ScalarType type);

/// Whether two tensors share memory.
bool overlap(const Tensor& a, const Tensor& b);

}  // namespace etllm::operators::llama
