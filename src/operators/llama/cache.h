#pragma once

// Key and value caches as stock programs lay them out: [batch, positions,
// heads, head_size].

#include "operators/llama/call.h"

namespace etllm::operators::llama {

/// Whether `value`, [batch, tokens, heads, head_size], can be stored in
/// `cache`: same type, same sizes but for the positions.
bool fits_cache(const Tensor& value, const Tensor& cache);

/// Stores `value` at `start` and the positions after it; false, and nothing
/// is written, when it does not fit.
bool store_in_cache(const Tensor& value, std::size_t start, Tensor& cache);

}  // namespace etllm::operators::llama
