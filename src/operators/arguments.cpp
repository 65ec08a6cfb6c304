#include "operators/arguments.h"

#include <executorch/runtime/core/exec_aten/util/tensor_util.h>

#include <array>
#include <limits>
#include <optional>

namespace etllm::operators {
namespace {

using executorch::aten::ScalarType;
using executorch::aten::SizesType;
using kernels::CacheType;

std::size_t size_of(const Tensor& tensor, std::size_t dim) {
  return static_cast<std::size_t>(tensor.size(static_cast<ssize_t>(dim)));
}

std::optional<CacheType> cache_type(ScalarType type) {
  switch (type) {
    case ScalarType::Float:
      return CacheType::kFloat;
    case ScalarType::Half:
      return CacheType::kHalf;
    case ScalarType::Char:
      return CacheType::kBytes;
    default:
      return std::nullopt;
  }
}

}  // namespace

EValue* Arguments::next() {
  if (!is_valid_ || index_ >= values_.size() || values_[index_] == nullptr) {
    is_valid_ = false;
    return nullptr;
  }
  return values_[index_++];
}

Tensor* Arguments::tensor(ScalarType type, std::size_t dim) {
  EValue* value = next();
  if (value == nullptr || !value->isTensor()) {
    is_valid_ = false;
    return nullptr;
  }
  Tensor& tensor = value->toTensor();
  if (tensor.scalar_type() != type ||
      static_cast<std::size_t>(tensor.dim()) != dim ||
      tensor.const_data_ptr() == nullptr) {
    is_valid_ = false;
    return nullptr;
  }
  return &tensor;
}

Rows Arguments::rows() {
  Tensor* source = tensor(ScalarType::Float, 3);
  if (source == nullptr) return {};
  is_valid_ = source->size(0) == 1 && source->size(1) > 0;
  return {source->mutable_data_ptr<float>(), size_of(*source, 1),
          size_of(*source, 2)};
}

Rows Arguments::output() {
  const std::size_t index = index_;
  const Rows rows = this->rows();
  if (is_valid_) output_ = &values_[index]->toTensor();
  return rows;
}

std::span<const float> Arguments::floats() {
  const Tensor* source = tensor(ScalarType::Float, 1);
  if (source == nullptr) return {};
  return {source->const_data_ptr<float>(), size_of(*source, 0)};
}

std::span<const float> Arguments::optional_floats() {
  const bool is_none = is_valid_ && index_ < values_.size() &&
                       values_[index_] != nullptr && values_[index_]->isNone();
  if (is_none) {
    ++index_;
    return {};
  }
  const auto values = floats();
  is_valid_ = is_valid_ && !values.empty();
  return values;
}

std::span<const std::int64_t> Arguments::longs() {
  const Tensor* source = tensor(ScalarType::Long, 2);
  if (source == nullptr) return {};
  is_valid_ = source->size(0) == 1 && source->size(1) > 0;
  return {source->const_data_ptr<std::int64_t>(), size_of(*source, 1)};
}

WeightBytes Arguments::weight() {
  const Tensor* source = tensor(ScalarType::Byte, 1);
  if (source == nullptr) return {};
  return {static_cast<const std::byte*>(source->const_data_ptr()),
          size_of(*source, 0)};
}

CacheTensor Arguments::cache() {
  EValue* value = next();
  if (value == nullptr || !value->isTensor()) {
    is_valid_ = false;
    return {};
  }
  const Tensor& source = value->toTensor();
  const auto type = cache_type(source.scalar_type());
  void* data = source.mutable_data_ptr();
  // The scales of bytes are floats; everything else is aligned by its type.
  is_valid_ = source.dim() == 3 && source.numel() > 0 && data != nullptr &&
              type.has_value() &&
              reinterpret_cast<std::uintptr_t>(data) % alignof(float) == 0;
  if (!is_valid_) return {};
  const std::size_t scale_bytes =
      *type == CacheType::kBytes ? kernels::kByteCacheScaleBytes : 0;
  const std::size_t width = size_of(source, 2);
  is_valid_ = width > scale_bytes;
  if (!is_valid_) return {};
  return {data, *type, size_of(source, 0), size_of(source, 1),
          width - scale_bytes};
}

std::int64_t Arguments::integer() {
  const EValue* value = next();
  is_valid_ = value != nullptr && value->isInt();
  return is_valid_ ? value->toInt() : 0;
}

float Arguments::number() {
  const EValue* value = next();
  is_valid_ = value != nullptr && value->isDouble();
  return is_valid_ ? static_cast<float>(value->toDouble()) : 0.0f;
}

bool Arguments::boolean() {
  const EValue* value = next();
  is_valid_ = value != nullptr && value->isBool();
  return is_valid_ && value->toBool();
}

std::size_t Arguments::size() {
  const std::size_t value = count();
  is_valid_ = is_valid_ && value > 0;
  return value;
}

std::size_t Arguments::count() {
  const std::int64_t value = integer();
  is_valid_ = is_valid_ && value >= 0 &&
              value <= std::numeric_limits<std::int32_t>::max();
  return is_valid_ ? static_cast<std::size_t>(value) : 0;
}

kernels::ActivationFunction Arguments::activation() {
  using kernels::ActivationFunction;
  constexpr auto kLast =
      static_cast<std::int64_t>(ActivationFunction::kReluSquared);
  const std::int64_t value = integer();
  is_valid_ = is_valid_ && value >= 0 && value <= kLast;
  return is_valid_ ? static_cast<ActivationFunction>(value)
                   : ActivationFunction::kNone;
}

std::size_t Arguments::position() {
  const Tensor* source = tensor(ScalarType::Long, 1);
  if (source == nullptr || source->size(0) != 1) {
    is_valid_ = false;
    return 0;
  }
  const std::int64_t value = *source->const_data_ptr<std::int64_t>();
  is_valid_ = value >= 0 && value <= std::numeric_limits<std::int32_t>::max();
  return is_valid_ ? static_cast<std::size_t>(value) : 0;
}

bool Arguments::resize(Rows& output, std::size_t tokens) {
  if (!is_valid_ || output_ == nullptr) return false;
  const std::array<SizesType, 3> sizes = {1, static_cast<SizesType>(tokens),
                                          static_cast<SizesType>(output.width)};
  if (executorch::runtime::resize_tensor(*output_,
                                         {sizes.data(), sizes.size()}) !=
      executorch::runtime::Error::Ok) {
    return false;
  }
  output.tokens = tokens;
  return true;
}

bool Arguments::finish(bool holds) {
  if (is_valid_ && holds) return true;
  context_.fail(executorch::runtime::Error::InvalidArgument);
  return false;
}

}  // namespace etllm::operators
