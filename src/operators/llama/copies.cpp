// Operators that only move data.

#include <executorch/runtime/core/exec_aten/util/tensor_dimension_limit.h>

#include <array>
#include <cstring>

#include "operators/llama/call.h"
#include "operators/llama/operators.h"

namespace etllm::operators::llama {

void fallback(KernelRuntimeContext& context, Span<EValue*> args) {
  Call call(context, args);
  const Tensor* input = call.tensor();
  Tensor* out = call.tensor();
  if (!call.finish() ||
      !call.finish(input->scalar_type() == out->scalar_type())) {
    return;
  }
  std::array<std::size_t, executorch::runtime::kTensorDimensionLimit> sizes{};
  const auto dims = static_cast<std::size_t>(input->dim());
  for (std::size_t i = 0; i < dims; ++i) sizes[i] = size_of(*input, i);
  if (!call.finish(resize(*out, {sizes.data(), dims}))) return;
  if (input->numel() == 0) return;
  std::memmove(out->mutable_data_ptr(), input->const_data_ptr(),
               input->nbytes());
}

void tile_crop(KernelRuntimeContext& context, Span<EValue*> args) {
  Call call(context, args);
  const Tensor* image = call.tensor();
  const std::size_t tile = call.position();
  Tensor* out = call.tensor();
  if (!call.finish() ||
      !call.finish(image->dim() == 3 && out->dim() == 4 &&
                   image->scalar_type() == out->scalar_type())) {
    return;
  }
  const std::size_t channels = size_of(*image, 0);
  const std::size_t height = size_of(*image, 1);
  const std::size_t width = size_of(*image, 2);
  if (tile == 0 || height % tile != 0 || width % tile != 0) {
    call.finish(false);
    return;
  }
  const std::size_t columns = width / tile;
  const std::array sizes = {height / tile * columns, channels, tile, tile};
  if (!call.finish(resize(*out, sizes))) return;
  if (image->numel() == 0) return;
  if (!call.finish(!overlap(*image, *out))) return;
  const std::size_t row_bytes =
      tile * static_cast<std::size_t>(image->element_size());
  const auto* source = static_cast<const std::byte*>(image->const_data_ptr());
  auto* target = static_cast<std::byte*>(out->mutable_data_ptr());
  // Source rows in order, each cut into the tiles of its row of tiles.
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t y = 0; y < height; ++y) {
      for (std::size_t x = 0; x < columns; ++x, source += row_bytes) {
        const std::size_t index = y / tile * columns + x;
        const std::size_t row = (index * channels + c) * tile + y % tile;
        std::memcpy(target + row * row_bytes, source, row_bytes);
      }
    }
  }
}

}  // namespace etllm::operators::llama
