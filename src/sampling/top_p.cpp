#include <algorithm>
#include <cmath>
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

// More are not put in order: trying some of them costs less.
constexpr std::size_t kMany = 2048;

// The weights that are looked at first, and by how much that goes down.
constexpr float kFirstBorder = 1.0f / 512;
constexpr float kBorderStep = 1.0f / 16;

}  // namespace

bool select_nucleus(const LogitsBlocks& blocks, float top_p, float min_p,
                    std::vector<Candidate>& candidates) {
  const double share = top_p;
  // All weights below this one together are less than what top-p leaves out.
  const double spare = (1.0 - share) * blocks.total() /
                       static_cast<double>(blocks.logits().size());
  const float lowest = std::max(min_p, static_cast<float>(spare));
  // Few tokens are likely, as a rule: looking through their blocks again costs
  // less than to order those that matter to nobody.
  float border = top_p < 1.0f ? kFirstBorder : lowest;
  for (;; border *= kBorderStep) {
    border = std::max(border, lowest);
    // A little lower, so that rounding loses none. All of them when it is 0.
    const float distance = (std::log(border) - 1e-3f) * blocks.temperature();
    const float threshold = blocks.maximum() + distance;
    if (!select_at_least(blocks, threshold, kMany, candidates)) return false;
    const double mass =
        weigh(blocks.maximum(), blocks.temperature(), candidates);
    if (border <= lowest || mass >= share * blocks.total()) return true;
  }
}

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
