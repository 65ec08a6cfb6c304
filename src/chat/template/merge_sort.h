#pragma once

// A stable sort that stays inside its bounds whatever the comparison says:
// values from a template need not have a consistent order (NaN has none), and
// comparing them may throw.

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace etllm::chat::jinja {

/// Sorts by `less(a, b)`. When `less` throws, the items are in no order.
template <typename T, typename Less>
void merge_sort(std::vector<T>& items, Less less) {
  std::vector<T> merged(items.size());
  for (std::size_t width = 1; width < items.size(); width *= 2) {
    for (std::size_t start = 0; start < items.size(); start += 2 * width) {
      const std::size_t middle = std::min(start + width, items.size());
      const std::size_t end = std::min(start + 2 * width, items.size());
      std::size_t left = start, right = middle;
      for (std::size_t i = start; i < end; ++i) {
        const bool take_right =
            left == middle || (right < end && less(items[right], items[left]));
        merged[i] = std::move(items[take_right ? right++ : left++]);
      }
    }
    std::swap(items, merged);
  }
}

}  // namespace etllm::chat::jinja
