#pragma once

// Splits work over a few threads for as long as one call takes.

#include <algorithm>
#include <cstddef>
#include <functional>
#include <system_error>
#include <thread>
#include <vector>

namespace etllm::importer {

/// Number of threads worth starting for conversion: more than this wait for
/// memory.
inline std::size_t conversion_threads() {
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 16);
}

/// Calls `work(part, begin, end)` for `parts` ranges that make up 0 .. count,
/// each on its own thread, and returns when all have. `work` must not throw.
template <typename Work>
void parallel_ranges(std::size_t count, std::size_t parts, const Work& work) {
  std::vector<std::jthread> threads;
  const std::size_t step = (count + parts - 1) / parts;
  std::size_t part = 0;
  std::size_t begin = 0;
  for (; part + 1 < parts && begin + step < count; ++part, begin += step) {
    try {
      threads.emplace_back(std::cref(work), part, begin, begin + step);
    } catch (const std::system_error&) {
      break;  // No more threads: the rest is done here.
    }
  }
  work(part, begin, count);
}

}  // namespace etllm::importer
