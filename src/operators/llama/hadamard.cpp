#include "kernels/hadamard/hadamard.h"

#include <executorch/runtime/core/exec_aten/util/tensor_dimension_limit.h>

#include <array>
#include <cstring>

#include "operators/llama/call.h"
#include "operators/llama/operators.h"

namespace etllm::operators::llama {
namespace {

bool is_supported(ScalarType type) {
  return type == ScalarType::Float || type == ScalarType::Half ||
         type == ScalarType::Double;
}

void transform(Tensor& tensor, std::size_t size) {
  void* data = tensor.mutable_data_ptr();
  const std::size_t count = static_cast<std::size_t>(tensor.numel()) / size;
  if (tensor.scalar_type() == ScalarType::Float) {
    kernels::hadamard(static_cast<float*>(data), count, size);
  } else if (tensor.scalar_type() == ScalarType::Double) {
    kernels::hadamard(static_cast<double*>(data), count, size);
  } else {
    kernels::hadamard_half(static_cast<std::uint16_t*>(data), count, size);
  }
}

}  // namespace

void fast_hadamard_transform(KernelRuntimeContext& context,
                             Span<EValue*> args) {
  Call call(context, args);
  const Tensor* matrix = call.tensor();
  Tensor* out = call.tensor();
  if (!call.finish()) return;
  std::array<std::size_t, executorch::runtime::kTensorDimensionLimit> sizes{};
  const auto dims = static_cast<std::size_t>(matrix->dim());
  for (std::size_t i = 0; i < dims; ++i) sizes[i] = size_of(*matrix, i);
  // A single value is its own transform.
  const std::size_t size = dims == 0 ? 1 : sizes[dims - 1];
  const bool is_empty = matrix->numel() == 0;
  if (!call.finish(is_supported(matrix->scalar_type()) &&
                   matrix->scalar_type() == out->scalar_type() &&
                   (is_empty || kernels::is_hadamard_size(size))) ||
      !call.finish(resize(*out, {sizes.data(), dims}))) {
    return;
  }
  if (is_empty) return;
  std::memmove(out->mutable_data_ptr(), matrix->const_data_ptr(),
               matrix->nbytes());
  transform(*out, size);
}

}  // namespace etllm::operators::llama
