#include "sampling/tensor_logits.h"

#include <cstdint>
#include <limits>
#include <string>

namespace etllm::sampling {
namespace {

using executorch::aten::ScalarType;
using executorch::aten::Tensor;

Status check_shape(const Tensor& logits) {
  if (logits.dim() >= 1 && logits.dim() <= 3 && logits.numel() > 0 &&
      logits.numel() <= std::numeric_limits<std::int32_t>::max() &&
      logits.const_data_ptr() != nullptr) {
    return {};
  }
  return not_supported(
      "the model's logits have a shape that is not [1, vocab], [1, 1, vocab]"
      " or [1, tokens, vocab]");
}

/// Of a batch, the first sequence.
std::size_t rows_of(const Tensor& logits) {
  return logits.dim() == 3 ? static_cast<std::size_t>(logits.size(1)) : 1;
}

std::size_t vocabulary_of(const Tensor& logits) {
  return static_cast<std::size_t>(logits.size(logits.dim() - 1));
}

template <typename T>
std::span<const float> values_as_floats(const Tensor& logits,
                                        std::size_t offset, std::size_t size,
                                        SamplerChain& chain) {
  return as_floats(static_cast<const T*>(logits.const_data_ptr()) + offset,
                   size, chain);
}

/// `size` logits from `offset` on.
Result<std::span<const float>> part_as_floats(const Tensor& logits,
                                              std::size_t offset,
                                              std::size_t size,
                                              SamplerChain& chain) {
  switch (logits.scalar_type()) {
    case ScalarType::Float:
      return values_as_floats<float>(logits, offset, size, chain);
    case ScalarType::Half:
      return values_as_floats<executorch::aten::Half>(logits, offset, size,
                                                      chain);
    case ScalarType::BFloat16:
      return values_as_floats<executorch::aten::BFloat16>(logits, offset, size,
                                                          chain);
    case ScalarType::UInt16:
      return values_as_floats<std::uint16_t>(logits, offset, size, chain);
    default:
      return not_supported(
          "the model's logits have element type " +
          std::to_string(static_cast<int>(logits.scalar_type())) +
          "; float, half, bfloat16 and uint16 can be read");
  }
}

}  // namespace

Result<std::span<const float>> last_position(const Tensor& logits,
                                             SamplerChain& chain) {
  const Status status = check_shape(logits);
  if (!status.ok()) return status;
  const std::size_t vocabulary = vocabulary_of(logits);
  return part_as_floats(logits, (rows_of(logits) - 1) * vocabulary, vocabulary,
                        chain);
}

Result<std::span<const float>> last_positions(const Tensor& logits,
                                              std::size_t count,
                                              SamplerChain& chain) {
  const Status status = check_shape(logits);
  if (!status.ok()) return status;
  const std::size_t rows = rows_of(logits);
  if (count > rows) {
    return not_supported("the model gives the logits of " +
                         std::to_string(rows) + " positions where " +
                         std::to_string(count) + " are needed");
  }
  const std::size_t vocabulary = vocabulary_of(logits);
  return part_as_floats(logits, (rows - count) * vocabulary, count * vocabulary,
                        chain);
}

}  // namespace etllm::sampling
