#pragma once

// Calls a registered operator the way a program does: through the runtime's
// registry, on EValues.

#include <executorch/extension/tensor/tensor.h>
#include <executorch/runtime/core/evalue.h>
#include <executorch/runtime/kernel/kernel_runtime_context.h>
#include <executorch/runtime/kernel/operator_registry.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "operators/register.h"

namespace etllm::operators {

using executorch::aten::ScalarType;
using executorch::aten::SizesType;
using executorch::runtime::Error;
using executorch::runtime::EValue;

/// A tensor and its memory.
struct TestTensor {
  std::vector<SizesType> sizes;
  ScalarType type = ScalarType::Float;
  std::vector<std::byte> bytes;
};

class OperatorCall {
 public:
  void add(EValue value) {
    tensors_.push_back(nullptr);
    values_.push_back(std::make_unique<EValue>(std::move(value)));
  }
  void add(const TestTensor& tensor) {
    add(EValue());
    replace(size() - 1, tensor);
  }
  void add(const std::string& text) {
    add(EValue());
    replace(size() - 1, text);
  }

  void replace(std::size_t index, EValue value) {
    *values_[index] = std::move(value);
  }
  void replace(std::size_t index, const TestTensor& tensor) {
    memory_.push_back(std::make_unique<std::vector<std::byte>>(tensor.bytes));
    tensors_[index] = executorch::extension::make_tensor_ptr(
        tensor.sizes,
        memory_.back()->empty() ? nullptr : memory_.back()->data(),
        tensor.type);
    replace(index, EValue(*tensors_[index]));
  }
  void replace(std::size_t index, const std::string& text) {
    texts_.push_back(std::make_unique<std::string>(text));
    const std::string& kept = *texts_.back();
    arrays_.push_back(std::make_unique<executorch::aten::ArrayRef<char>>(
        kept.data(), kept.size()));
    replace(index, EValue(arrays_.back().get()));
  }

  /// Leaves the first `count` arguments.
  void truncate(std::size_t count) { values_.resize(count); }

  std::size_t size() const { return values_.size(); }
  EValue& value(std::size_t index) { return *values_[index]; }
  executorch::aten::Tensor& tensor(std::size_t index) {
    return *tensors_[index];
  }

  Error run(const std::string& name) {
    register_operators();
    const auto operator_function =
        executorch::runtime::get_op_function_from_registry(name.c_str());
    if (!operator_function.ok()) return operator_function.error();
    std::vector<EValue*> stack;
    for (const auto& value : values_) stack.push_back(value.get());
    executorch::runtime::KernelRuntimeContext context;
    (*operator_function)(context, {stack.data(), stack.size()});
    return context.failure_state();
  }

 private:
  std::vector<std::unique_ptr<std::vector<std::byte>>> memory_;
  std::vector<executorch::extension::TensorPtr> tensors_;
  std::vector<std::unique_ptr<std::string>> texts_;
  std::vector<std::unique_ptr<executorch::aten::ArrayRef<char>>> arrays_;
  std::vector<std::unique_ptr<EValue>> values_;
};

}  // namespace etllm::operators
