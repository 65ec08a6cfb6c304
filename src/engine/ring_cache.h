#pragma once

// Whether a KV cache still holds what comes before a position. Layers that see
// only a window may keep their keys and values in rings, which forget: going
// back in a conversation can take reading it again.

#include <algorithm>
#include <cstdint>

namespace etllm::engine {

class RingCache {
 public:
  /// `length` is the number of positions of the smallest ring, 0 without one.
  /// Beside the window, a ring has room for the most tokens of a call.
  void configure(std::int64_t length, std::int64_t call_tokens) {
    length_ = length;
    call_tokens_ = call_tokens;
  }

  /// The model has read `count` tokens at `start` and after.
  void add(std::int64_t start, std::int64_t count) {
    // What an earlier conversation left is read by nobody.
    end_ = std::max(start == 0 ? 0 : end_, start + count);
  }

  /// Whether the model can go on at `position`.
  bool holds(std::int64_t position) const {
    if (length_ == 0 || position == 0) return true;
    if (position > end_) return false;
    return end_ <= length_ || position >= end_ - call_tokens_;
  }

 private:
  std::int64_t length_ = 0;
  std::int64_t call_tokens_ = 0;
  std::int64_t end_ = 0;  ///< Behind the last position that was read.
};

}  // namespace etllm::engine
