#pragma once

#include <cstdint>

namespace etllm::kernels {

/// What follows a product. The numbers are written into programs: never
/// renumber.
enum class ActivationFunction : std::uint8_t {
  kNone = 0,
  kSilu = 1,
  kGelu = 2,      ///< By the error function.
  kGeluTanh = 3,  ///< By an approximation of it.
  kRelu = 4,
  kReluSquared = 5,
};

}  // namespace etllm::kernels
