#pragma once

// Functions of single values and rows, templated like multiply_quantized.h.

#include <cstddef>
#include <cstdint>

#include "kernels/dispatch/kernel_set.h"

namespace etllm::kernels {

/// e^x within 2 units in the last place for x in [-87, 88], anything outside:
/// 2^n times the Taylor polynomial of the rest, |rest| <= ln(2) / 2.
template <class Isa>
inline typename Isa::F exponential_within(typename Isa::F x) {
  using F = typename Isa::F;
  const auto n = Isa::round(x * 1.44269504f);
  const F whole = Isa::to_float(n);
  // ln(2) in two parts, so that the rest keeps its low bits.
  F rest = Isa::fma(whole, Isa::set1(-0.693359375f), x);
  rest = Isa::fma(whole, Isa::set1(2.12194440e-4f), rest);
  F sum = Isa::set1(1.0f / 5040);
  sum = Isa::fma(sum, rest, Isa::set1(1.0f / 720));
  sum = Isa::fma(sum, rest, Isa::set1(1.0f / 120));
  sum = Isa::fma(sum, rest, Isa::set1(1.0f / 24));
  sum = Isa::fma(sum, rest, Isa::set1(1.0f / 6));
  sum = Isa::fma(sum, rest, Isa::set1(0.5f));
  sum = Isa::fma(sum, rest, Isa::set1(1.0f));
  sum = Isa::fma(sum, rest, Isa::set1(1.0f));
  return sum * Isa::as_floats((n + 127) << 23);
}

/// The same, clamped outside.
template <class Isa>
inline typename Isa::F exponential(typename Isa::F x) {
  return exponential_within<Isa>(
      Isa::min(Isa::max(x, Isa::set1(-87.0f)), Isa::set1(88.0f)));
}

/// e^x for x <= 0, and 0 for what would be below 5e-38.
template <class Isa>
inline typename Isa::F exponential_or_zero(typename Isa::F x) {
  return x < Isa::set1(-86.0f) ? Isa::set1(0.0f) : exponential_within<Isa>(x);
}

/// One value on any instruction set, with the vector's result.
template <class Isa>
inline float exponential_of(float x) {
  return exponential<Isa>(Isa::set1(x))[0];
}

/// The last, incomplete vector of a row, filled up with `filler`.
template <class Isa>
inline typename Isa::F load_rest(const float* values, std::size_t count,
                                 float filler) {
  float padded[Isa::kLanes];
  for (float& value : padded) value = filler;
  // Of no values there need not be an address.
  if (count != 0) __builtin_memcpy(padded, values, count * sizeof(float));
  return Isa::load(padded);
}

/// `count` values and zeros behind them, or a whole vector.
template <class Isa>
inline typename Isa::F load_part(const float* values, std::size_t count) {
  return count == Isa::kLanes ? Isa::load(values)
                              : load_rest<Isa>(values, count, 0.0f);
}

template <class Isa>
inline void store_part(float* out, typename Isa::F value, std::size_t count) {
  if (count == Isa::kLanes) return Isa::store(out, value);
  float values[Isa::kLanes];
  Isa::store(values, value);
  __builtin_memcpy(out, values, count * sizeof(float));
}

/// Calls `run(i, count)` for the vectors of a row, the last of which may be
/// incomplete.
template <class Isa, class Run>
inline void for_each_vector_of(std::size_t size, Run&& run) {
  std::size_t i = 0;
  for (; i + Isa::kLanes <= size; i += Isa::kLanes) {
    run(i, static_cast<std::size_t>(Isa::kLanes));
  }
  if (i < size) run(i, size - i);
}

template <class Isa>
void rms_norm(const float* x, const float* weight, std::size_t size,
              float epsilon, float* out) {
  using F = typename Isa::F;
  // Several sums, so that one addition need not wait for the one before it.
  constexpr std::size_t kSums = 4;
  F squares[kSums] = {};
  std::size_t i = 0;
  for (; i + kSums * Isa::kLanes <= size; i += kSums * Isa::kLanes) {
#pragma GCC unroll 4
    for (std::size_t s = 0; s < kSums; ++s) {
      const F value = Isa::load(x + i + s * Isa::kLanes);
      squares[s] = Isa::fma(value, value, squares[s]);
    }
  }
  for (; i + Isa::kLanes <= size; i += Isa::kLanes) {
    const F value = Isa::load(x + i);
    squares[0] = Isa::fma(value, value, squares[0]);
  }
  float sum =
      Isa::reduce_add((squares[0] + squares[1]) + (squares[2] + squares[3]));
  for (std::size_t tail = i; tail < size; ++tail) sum += x[tail] * x[tail];
  const float scale =
      1.0f / __builtin_sqrtf(sum / static_cast<float>(size) + epsilon);
  for (i = 0; i + Isa::kLanes <= size; i += Isa::kLanes) {
    Isa::store(out + i, Isa::load(x + i) * scale * Isa::load(weight + i));
  }
  for (; i < size; ++i) out[i] = x[i] * scale * weight[i];
}

template <class Isa>
void rotate(float* x, const float* table, const RopeShape& shape) {
  using F = typename Isa::F;
  const float* cosines = table;
  const float* sines = table + shape.pairs;
  const std::size_t step = shape.interleaved ? 2 : 1;
  const std::size_t partner = shape.interleaved ? 1 : shape.pairs;
  const std::size_t whole =
      shape.interleaved ? 0 : shape.pairs / Isa::kLanes * Isa::kLanes;
  for (std::size_t h = 0; h < shape.heads; ++h) {
    float* head = x + h * shape.head_size;
    for (std::size_t i = 0; i < whole; i += Isa::kLanes) {
      const F a = Isa::load(head + i);
      const F b = Isa::load(head + i + partner);
      const F cosine = Isa::load(cosines + i);
      const F sine = Isa::load(sines + i);
      Isa::store(head + i, a * cosine - b * sine);
      Isa::store(head + i + partner, b * cosine + a * sine);
    }
    for (std::size_t i = whole; i < shape.pairs; ++i) {
      float& a = head[i * step];
      float& b = head[i * step + partner];
      const float rotated = a * cosines[i] - b * sines[i];
      b = b * cosines[i] + a * sines[i];
      a = rotated;
    }
  }
}

template <class Isa>
void convert_to_half(const float* x, std::size_t size, std::uint16_t* out) {
  std::size_t i = 0;
  for (; i + Isa::kLanes <= size; i += Isa::kLanes) {
    Isa::store_half(out + i, Isa::load(x + i));
  }
  if (i == size) return;
  float tail[Isa::kLanes] = {};
  std::uint16_t halves[Isa::kLanes];
  __builtin_memcpy(tail, x + i, (size - i) * sizeof(float));
  Isa::store_half(halves, Isa::load(tail));
  __builtin_memcpy(out + i, halves, (size - i) * sizeof(std::uint16_t));
}

}  // namespace etllm::kernels
