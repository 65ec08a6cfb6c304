#pragma once

#include <string>

#include "program/method_view.h"

namespace etllm::program {

/// What is wrong with a tensor's shape or with where its data lie, as the end
/// of a sentence; empty when nothing is.
std::string find_tensor_defect(const MethodView& method,
                               const executorch_flatbuffer::Tensor& tensor);

/// Whether the tensor's data are in the file or in a file beside it, which the
/// runtime maps read-only.
bool is_constant(const executorch_flatbuffer::Tensor& tensor);

/// Whether a tensor of the method, checked and no input, has no memory when
/// the method starts although it has elements.
bool lacks_memory(const executorch_flatbuffer::Tensor& tensor);

}  // namespace etllm::program
