#include "sampling/tensor_logits.h"

#include <cstdint>
#include <limits>
#include <string>

namespace etllm::sampling {
namespace {

using executorch::aten::ScalarType;
using executorch::aten::Tensor;

template <typename T>
std::span<const float> row_as_floats(const Tensor& logits, std::size_t offset,
                                     std::size_t vocab_size,
                                     SamplerChain& chain) {
  return as_floats(static_cast<const T*>(logits.const_data_ptr()) + offset,
                   vocab_size, chain);
}

}  // namespace

Result<std::span<const float>> last_position(const Tensor& logits,
                                             SamplerChain& chain) {
  if (logits.dim() < 1 || logits.dim() > 3 || logits.numel() <= 0 ||
      logits.numel() > std::numeric_limits<std::int32_t>::max() ||
      logits.const_data_ptr() == nullptr) {
    return not_supported(
        "the model's logits have a shape that is not [1, vocab], [1, 1, vocab]"
        " or [1, tokens, vocab]");
  }
  const auto vocab_size =
      static_cast<std::size_t>(logits.size(logits.dim() - 1));
  // Of a batch, the first sequence.
  const std::size_t rows =
      logits.dim() == 3 ? static_cast<std::size_t>(logits.size(1)) : 1;
  const std::size_t offset = (rows - 1) * vocab_size;
  switch (logits.scalar_type()) {
    case ScalarType::Float:
      return row_as_floats<float>(logits, offset, vocab_size, chain);
    case ScalarType::Half:
      return row_as_floats<executorch::aten::Half>(logits, offset, vocab_size,
                                                   chain);
    case ScalarType::BFloat16:
      return row_as_floats<executorch::aten::BFloat16>(logits, offset,
                                                       vocab_size, chain);
    case ScalarType::UInt16:
      return row_as_floats<std::uint16_t>(logits, offset, vocab_size, chain);
    default:
      return not_supported(
          "the model's logits have element type " +
          std::to_string(static_cast<int>(logits.scalar_type())) +
          "; float, half, bfloat16 and uint16 can be sampled");
  }
}

}  // namespace etllm::sampling
