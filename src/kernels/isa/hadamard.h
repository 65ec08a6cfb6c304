#pragma once

// The Walsh-Hadamard transform in loops that the compiler turns into vectors.
// Templated like multiply_quantized.h.

#include <cstddef>
#include <cstdint>

namespace etllm::kernels {

/// The matrix of order 28 that SpinQuant multiplies with: bit j of row i says
/// that input i is subtracted from output j. Read off the reference operator
/// by transforming the unit vectors.
inline constexpr std::uint32_t kHadamard28[28] = {
    0x32961fe, 0x65283fd, 0xc85477b, 0x92a8e77, 0x2751c6f, 0x4ca785f, 0x994b0bf,
    0x4b9bf3c, 0x9537ef8, 0x2a6fdf1, 0x54dbbe3, 0xa9b37c7, 0x5366f8f, 0xa4cdf9e,
    0x79f8cda, 0xf1f5935, 0xe3ef26a, 0xc7de4d5, 0x8fbc9ab, 0x1f7d356, 0x3cfe62d,
    0xfd0ed66, 0xfa1dacd, 0xf63b51b, 0xee72ab6, 0xdee15ec, 0xbfc2b59, 0x7f856b3,
};

template <class Isa, class T>
void add_and_subtract(T* __restrict low, T* __restrict high, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    const T sum = low[i] + high[i];
    high[i] = low[i] - high[i];
    low[i] = sum;
  }
}

/// The first three steps, whose partners are too near for whole vectors.
template <class Isa, class T>
void hadamard_eight(T* row) {
#pragma GCC unroll 3
  for (int half = 1; half < 8; half *= 2) {
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) {
      if ((i & half) != 0) continue;
      const T sum = row[i] + row[i + half];
      row[i + half] = row[i] - row[i + half];
      row[i] = sum;
    }
  }
}

/// `size` is a power of two.
template <class Isa, class T>
void hadamard_power_of_two(T* row, std::size_t size, T factor) {
  std::size_t half = 1;
  if (size >= 8) {
    for (std::size_t i = 0; i < size; i += 8) hadamard_eight<Isa, T>(row + i);
    half = 8;
  }
  for (; half < size; half *= 2) {
    for (std::size_t i = 0; i < size; i += 2 * half) {
      add_and_subtract<Isa, T>(row + i, row + i + half, half);
    }
  }
  for (std::size_t i = 0; i < size; ++i) row[i] *= factor;
}

/// Multiplies 28 parts of `size` elements with the matrix of order 28.
/// `scratch` holds 28 elements for each of up to 64 columns.
template <class Isa, class T>
void hadamard_28(T* row, std::size_t size, T* scratch) {
  constexpr std::size_t kColumns = 64;
  for (std::size_t first = 0; first < size; first += kColumns) {
    const std::size_t rest = size - first;
    const std::size_t count = rest < kColumns ? rest : kColumns;
    for (std::size_t i = 0; i < 28 * kColumns; ++i) scratch[i] = 0;
    for (std::size_t part = 0; part < 28; ++part) {
      const T* source = row + part * size + first;
      for (std::size_t j = 0; j < 28; ++j) {
        const T sign = (kHadamard28[part] >> j & 1) != 0 ? T{-1} : T{1};
        T* __restrict out = scratch + j * kColumns;
        for (std::size_t i = 0; i < count; ++i) out[i] += sign * source[i];
      }
    }
    for (std::size_t j = 0; j < 28; ++j) {
      __builtin_memcpy(row + j * size + first, scratch + j * kColumns,
                       count * sizeof(T));
    }
  }
}

/// A row of `parts * size` elements in place: parts of a power of two,
/// normalised, then over the parts, 1 or 28.
template <class Isa, class T>
void hadamard(T* row, std::size_t parts, std::size_t size) {
  const T factor =
      T{1} / static_cast<T>(__builtin_sqrt(static_cast<double>(size)));
  for (std::size_t part = 0; part < parts; ++part) {
    hadamard_power_of_two<Isa, T>(row + part * size, size, factor);
  }
  if (parts == 28) {
    T scratch[28 * 64];
    hadamard_28<Isa, T>(row, size, scratch);
  }
}

}  // namespace etllm::kernels
