#include <algorithm>
#include <cstddef>

#include "sampling/filters.h"

namespace etllm::sampling {
namespace {

// So few are sorted instead of halved.
constexpr std::ptrdiff_t kFew = 32;

using Iterator = std::vector<Candidate>::iterator;

double sum(Iterator begin, Iterator end) {
  double total = 0;
  for (; begin != end; ++begin) total += begin->weight;
  return total;
}

}  // namespace

void apply_top_p(float top_p, double total,
                 std::vector<Candidate>& candidates) {
  if (top_p >= 1.0f || candidates.empty()) return;
  // Halve what contains the border until little is left: the likelier half
  // either suffices, or is kept as a whole. Nothing else is ever sorted.
  double missing = static_cast<double>(top_p) * total;
  auto begin = candidates.begin();
  auto end = candidates.end();
  while (end - begin > kFew) {
    const auto middle = begin + (end - begin) / 2;
    std::nth_element(begin, middle, end, is_likelier);
    const double likelier = sum(begin, middle);
    if (likelier >= missing) {
      end = middle;
    } else {
      missing -= likelier;
      begin = middle;
    }
  }
  std::sort(begin, end, is_likelier);
  auto border = begin;
  // At least one stays.
  while (border != end && (missing > 0 || border == candidates.begin())) {
    missing -= border->weight;
    ++border;
  }
  candidates.erase(border, candidates.end());
}

}  // namespace etllm::sampling
