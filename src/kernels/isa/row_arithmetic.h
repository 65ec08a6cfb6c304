#pragma once

// Arithmetic of whole rows. Templated like multiply_quantized.h.

#include "kernels/isa/elementwise.h"
#include "kernels/isa/hyperbolic.h"

namespace etllm::kernels {

template <class Isa>
void add_rows(const float* a, const float* b, std::size_t size, float* out) {
  for_each_vector_of<Isa>(size, [&](std::size_t i, std::size_t count) {
    store_part<Isa>(out + i,
                    load_part<Isa>(a + i, count) + load_part<Isa>(b + i, count),
                    count);
  });
}

template <class Isa>
void add_scaled(const float* x, float factor, std::size_t size, float* out) {
  const auto factors = Isa::set1(factor);
  for_each_vector_of<Isa>(size, [&](std::size_t i, std::size_t count) {
    store_part<Isa>(out + i,
                    Isa::fma(load_part<Isa>(x + i, count), factors,
                             load_part<Isa>(out + i, count)),
                    count);
  });
}

template <class Isa>
void scale_row(float* x, std::size_t size, float factor) {
  for_each_vector_of<Isa>(size, [&](std::size_t i, std::size_t count) {
    store_part<Isa>(x + i, load_part<Isa>(x + i, count) * factor, count);
  });
}

template <class Isa>
void cap_row(float* x, std::size_t size, float cap) {
  const float inverse = 1.0f / cap;
  for_each_vector_of<Isa>(size, [&](std::size_t i, std::size_t count) {
    store_part<Isa>(
        x + i, soft_capped<Isa>(load_part<Isa>(x + i, count), cap, inverse),
        count);
  });
}

}  // namespace etllm::kernels
