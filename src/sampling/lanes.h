#pragma once

// Several floats at a time, as compilers offer it on every machine: loops over
// a whole vocabulary are too slow one by one.

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace etllm::sampling {

inline constexpr std::size_t kLanes = 4;
using Floats = float __attribute__((vector_size(kLanes * sizeof(float))));
using Ints =
    std::int32_t __attribute__((vector_size(kLanes * sizeof(std::int32_t))));

inline Floats load(const float* values) {
  Floats lanes;
  std::memcpy(&lanes, values, sizeof(lanes));
  return lanes;
}

inline void store(float* values, Floats lanes) {
  std::memcpy(values, &lanes, sizeof(lanes));
}

}  // namespace etllm::sampling
