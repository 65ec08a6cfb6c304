#pragma once

// The fast Walsh-Hadamard transform that programs rotated by SpinQuant call.

#include <cstddef>
#include <cstdint>

namespace etllm::kernels {

/// Whether rows of that size can be transformed: a power of two, or 28 times
/// a power of two.
bool is_hadamard_size(std::size_t size);

/// Transforms rows in place. A row of 28 n elements is multiplied with a
/// Hadamard matrix of order 28 over its parts of n, which are normalised by
/// `sqrt(n)` alone, as the reference does.
void hadamard(float* rows, std::size_t count, std::size_t size);
void hadamard(double* rows, std::size_t count, std::size_t size);
/// IEEE half precision; computed in f32 and rounded once.
void hadamard_half(std::uint16_t* rows, std::size_t count, std::size_t size);

}  // namespace etllm::kernels
