#include <array>
#include <cstring>

#include "operators/llama/cache.h"
#include "operators/llama/operators.h"

namespace etllm::operators::llama {
namespace {

std::size_t row_bytes(const Tensor& tensor) {
  return size_of(tensor, 2) * size_of(tensor, 3) *
         static_cast<std::size_t>(tensor.element_size());
}

/// Copies `count` tokens of one batch entry to successive positions.
void copy_tokens(const Tensor& value, Tensor& cache, std::size_t batch,
                 std::size_t token, std::size_t position, std::size_t count) {
  const std::size_t bytes = row_bytes(value);
  const auto* source = static_cast<const std::byte*>(value.const_data_ptr()) +
                       (batch * size_of(value, 1) + token) * bytes;
  auto* target = static_cast<std::byte*>(cache.mutable_data_ptr()) +
                 (batch * size_of(cache, 1) + position) * bytes;
  // A hostile memory plan can let the two overlap.
  std::memmove(target, source, count * bytes);
}

}  // namespace

bool fits_cache(const Tensor& value, const Tensor& cache) {
  return value.dim() == 4 && cache.dim() == 4 &&
         value.scalar_type() == cache.scalar_type() &&
         size_of(value, 0) == size_of(cache, 0) &&
         size_of(value, 2) == size_of(cache, 2) &&
         size_of(value, 3) == size_of(cache, 3);
}

bool store_in_cache(const Tensor& value, std::size_t start, Tensor& cache) {
  if (!fits_cache(value, cache)) return false;
  const std::size_t tokens = size_of(value, 1);
  const std::size_t capacity = size_of(cache, 1);
  if (tokens > capacity || start > capacity - tokens) return false;
  if (value.numel() == 0) return true;
  for (std::size_t batch = 0; batch < size_of(value, 0); ++batch) {
    copy_tokens(value, cache, batch, 0, start, tokens);
  }
  return true;
}

void update_cache(KernelRuntimeContext& context, Span<EValue*> args) {
  Call call(context, args);
  const Tensor* value = call.tensor();
  Tensor* cache = call.tensor();
  const std::size_t start = call.position();
  // The output that follows is a placeholder, which nobody reads.
  if (!call.finish()) return;
  call.finish(store_in_cache(*value, start, *cache));
}

void update_cache_with_indices(KernelRuntimeContext& context,
                               Span<EValue*> args) {
  Call call(context, args);
  const Tensor* value = call.tensor();
  Tensor* cache = call.tensor();
  call.integer();  // A start position, without meaning beside the indices.
  const Tensor* indices = call.tensor();
  if (!call.finish() || !call.finish(fits_cache(*value, *cache))) return;
  const std::size_t batches = size_of(*value, 0);
  const std::size_t tokens = size_of(*value, 1);
  const std::array<std::size_t, 2> index_sizes = {batches, tokens};
  if (!call.finish(indices->scalar_type() == ScalarType::Long &&
                   has_sizes(*indices, index_sizes))) {
    return;
  }
  const auto* positions = indices->const_data_ptr<std::int64_t>();
  const auto capacity = static_cast<std::int64_t>(size_of(*cache, 1));
  for (std::size_t i = 0; i < batches * tokens; ++i) {
    if (!call.finish(positions[i] >= 0 && positions[i] < capacity)) return;
  }
  if (value->numel() == 0) return;
  for (std::size_t i = 0; i < batches * tokens; ++i) {
    copy_tokens(*value, *cache, i / tokens, i % tokens,
                static_cast<std::size_t>(positions[i]), 1);
  }
}

}  // namespace etllm::operators::llama
