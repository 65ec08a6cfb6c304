#include "operators/llama/call.h"

#include <executorch/runtime/core/exec_aten/util/tensor_util.h>

#include <algorithm>
#include <array>
#include <functional>

namespace etllm::operators::llama {
namespace {

using executorch::aten::SizesType;

bool is_default_order(const Tensor& tensor) {
  const auto order = tensor.dim_order();
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (order[i] != i) return false;
  }
  return true;
}

}  // namespace

EValue* Call::next() {
  if (!is_valid_ || index_ >= values_.size() || values_[index_] == nullptr) {
    is_valid_ = false;
    return nullptr;
  }
  return values_[index_++];
}

Tensor* Call::checked_tensor(EValue* value) {
  if (value == nullptr || !value->isTensor()) {
    is_valid_ = false;
    return nullptr;
  }
  Tensor& tensor = value->toTensor();
  const bool has_memory =
      tensor.numel() == 0 || tensor.const_data_ptr() != nullptr;
  is_valid_ = has_memory && is_default_order(tensor);
  return is_valid_ ? &tensor : nullptr;
}

Tensor* Call::tensor() { return checked_tensor(next()); }

Tensor* Call::optional_tensor() {
  EValue* value = next();
  if (value == nullptr || value->isNone()) return nullptr;
  return checked_tensor(value);
}

std::int64_t Call::integer() {
  const EValue* value = next();
  is_valid_ = value != nullptr && value->isInt();
  return is_valid_ ? value->toInt() : 0;
}

std::size_t Call::position() {
  const std::int64_t value = integer();
  is_valid_ = is_valid_ && value >= 0;
  return is_valid_ ? static_cast<std::size_t>(value) : 0;
}

double Call::number() { return optional_number().value_or(0.0); }

std::optional<double> Call::optional_number() {
  const EValue* value = next();
  if (value == nullptr || value->isNone()) return std::nullopt;
  // A whole number in a model's source may reach the program as an integer.
  if (value->isInt()) return static_cast<double>(value->toInt());
  is_valid_ = value->isDouble();
  if (!is_valid_) return std::nullopt;
  return value->toDouble();
}

bool Call::boolean() {
  const EValue* value = next();
  is_valid_ = value != nullptr && value->isBool();
  return is_valid_ && value->toBool();
}

std::string_view Call::text() {
  const EValue* value = next();
  is_valid_ = value != nullptr && value->isString();
  if (!is_valid_) return {};
  const auto text = value->tryToString();
  is_valid_ = text.ok();
  return is_valid_ ? *text : std::string_view{};
}

bool Call::finish(bool holds) {
  if (is_valid_ && holds) return true;
  context_.fail(executorch::runtime::Error::InvalidArgument);
  return false;
}

bool has_sizes(const Tensor& tensor, std::span<const std::size_t> sizes) {
  return std::ranges::equal(tensor.sizes(), sizes, {}, [](SizesType size) {
    return static_cast<std::size_t>(size);
  });
}

bool resize(Tensor& tensor, std::span<const std::size_t> sizes) {
  std::array<SizesType, executorch::runtime::kTensorDimensionLimit> wanted{};
  if (sizes.size() > wanted.size()) return false;
  std::ranges::transform(sizes, wanted.begin(), [](std::size_t size) {
    return static_cast<SizesType>(size);
  });
  return executorch::runtime::resize_tensor(tensor,
                                            {wanted.data(), sizes.size()}) ==
             executorch::runtime::Error::Ok &&
         (tensor.numel() == 0 || tensor.const_data_ptr() != nullptr);
}

std::optional<kernels::ElementType> element_type(ScalarType type) {
  switch (type) {
    case ScalarType::Float:
      return kernels::ElementType::kFloat;
    case ScalarType::Half:
      return kernels::ElementType::kHalf;
    case ScalarType::BFloat16:
      return kernels::ElementType::kBFloat16;
    case ScalarType::Char:
      return kernels::ElementType::kInt8;
    default:
      return std::nullopt;
  }
}

bool overlap(const Tensor& a, const Tensor& b) {
  const auto* first = static_cast<const std::byte*>(a.const_data_ptr());
  const auto* second = static_cast<const std::byte*>(b.const_data_ptr());
  // std::less orders pointers into different objects too.
  const std::less<> before;
  return before(first, second + b.nbytes()) &&
         before(second, first + a.nbytes());
}

}  // namespace etllm::operators::llama
