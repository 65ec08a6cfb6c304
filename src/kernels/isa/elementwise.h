#pragma once

// Functions of single values and rows, templated like multiply_quantized.h.

#include <cstddef>
#include <cstdint>

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

/// One value on any instruction set, with the vector's result.
template <class Isa>
inline float exponential_of(float x) {
  return exponential<Isa>(Isa::set1(x))[0];
}

template <class Isa>
void rms_norm(const float* x, const float* weight, std::size_t size,
              float epsilon, float* out) {
  using F = typename Isa::F;
  F squares = Isa::set1(0.0f);
  std::size_t i = 0;
  for (; i + Isa::kLanes <= size; i += Isa::kLanes) {
    const F value = Isa::load(x + i);
    squares = Isa::fma(value, value, squares);
  }
  float sum = Isa::reduce_add(squares);
  for (std::size_t tail = i; tail < size; ++tail) sum += x[tail] * x[tail];
  const float scale =
      1.0f / __builtin_sqrtf(sum / static_cast<float>(size) + epsilon);
  for (i = 0; i + Isa::kLanes <= size; i += Isa::kLanes) {
    Isa::store(out + i, Isa::load(x + i) * scale * Isa::load(weight + i));
  }
  for (; i < size; ++i) out[i] = x[i] * scale * weight[i];
}

template <class Isa>
void silu_multiply(const float* gate, const float* up, std::size_t size,
                   float* out) {
  using F = typename Isa::F;
  std::size_t i = 0;
  for (; i + Isa::kLanes <= size; i += Isa::kLanes) {
    const F value = Isa::load(gate + i);
    const F silu = value / (1.0f + exponential<Isa>(-value));
    Isa::store(out + i, silu * Isa::load(up + i));
  }
  for (; i < size; ++i) {
    out[i] = gate[i] / (1.0f + exponential_of<Isa>(-gate[i])) * up[i];
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
