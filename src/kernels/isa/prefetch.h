#pragma once

#include <cstddef>

namespace etllm::kernels {

// How far ahead of their use weights are fetched, into the second level: far
// enough for the latency of memory, and across the borders of pages, where the
// hardware's own prefetching ends.
inline constexpr std::size_t kPrefetchBytes = 16384;

/// Fetches what `kPrefetchBytes` later will be the next `Bytes` of a stream.
template <std::size_t Bytes>
inline void prefetch(const unsigned char* stream) {
#pragma GCC unroll 16
  for (std::size_t i = 0; i < Bytes; i += 64) {
    __builtin_prefetch(stream + kPrefetchBytes + i, 0, 2);
  }
}

}  // namespace etllm::kernels
