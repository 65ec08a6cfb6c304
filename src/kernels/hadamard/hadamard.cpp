#include "kernels/hadamard/hadamard.h"

#include <bit>

#include "kernels/dispatch/select.h"
#include "kernels/formats/half.h"
#include "kernels/threading/parallel.h"
#include "kernels/threading/scratch.h"

namespace etllm::kernels {
namespace {

// Elements that are worth a task of their own.
constexpr std::size_t kElementsPerTask = 8192;

std::size_t parts_of(std::size_t size) { return size % 28 == 0 ? 28 : 1; }

/// Calls `body(row)` for all rows, on several threads.
template <class Body>
void for_each_row(std::size_t count, std::size_t size, const Body& body) {
  parallel_for(count, 1 + kElementsPerTask / size,
               [&](std::size_t begin, std::size_t end) {
                 for (std::size_t row = begin; row < end; ++row) body(row);
               });
}

}  // namespace

bool is_hadamard_size(std::size_t size) {
  return size > 0 && std::has_single_bit(size / parts_of(size));
}

void hadamard(float* rows, std::size_t count, std::size_t size) {
  const std::size_t parts = parts_of(size);
  for_each_row(count, size, [&](std::size_t row) {
    active_kernels().hadamard(rows + row * size, parts, size / parts);
  });
}

void hadamard(double* rows, std::size_t count, std::size_t size) {
  const std::size_t parts = parts_of(size);
  for_each_row(count, size, [&](std::size_t row) {
    active_kernels().hadamard_double(rows + row * size, parts, size / parts);
  });
}

void hadamard_half(std::uint16_t* rows, std::size_t count, std::size_t size) {
  const std::size_t parts = parts_of(size);
  for_each_row(count, size, [&](std::size_t row) {
    std::uint16_t* halves = rows + row * size;
    auto* floats = reinterpret_cast<float*>(task_scratch(size * sizeof(float)));
    for (std::size_t i = 0; i < size; ++i) floats[i] = half_to_float(halves[i]);
    active_kernels().hadamard(floats, parts, size / parts);
    active_kernels().convert_to_half(floats, size, halves);
  });
}

}  // namespace etllm::kernels
