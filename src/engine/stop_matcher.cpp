#include "engine/stop_matcher.h"

#include <algorithm>
#include <utility>

#include "engine/utf8_stream.h"

namespace etllm::engine {

StopMatcher::StopMatcher(std::vector<std::string> stops)
    : stops_(std::move(stops)) {
  std::erase_if(stops_, [](const std::string& stop) { return stop.empty(); });
}

std::string_view StopMatcher::push(std::string_view text) {
  ready_.clear();
  if (matched_) return ready_;
  pending_.append(text);
  std::size_t end = 0;
  if (find_match(end)) {
    matched_ = true;
    ready_.assign(pending_, 0, end);
    pending_.clear();
    return ready_;
  }
  end = pending_.size() - held_back();
  // A stop string may begin inside a character, a delivery may not end there.
  end -= incomplete_utf8_tail(std::string_view(pending_).substr(0, end));
  ready_.assign(pending_, 0, end);
  pending_.erase(0, end);
  return ready_;
}

std::string_view StopMatcher::flush() {
  ready_.swap(pending_);
  pending_.clear();
  return ready_;
}

bool StopMatcher::find_match(std::size_t& position) const {
  // The one that is complete first, wherever the pieces were cut.
  std::size_t first_end = std::string::npos;
  for (const std::string& stop : stops_) {
    const std::size_t start = pending_.find(stop);
    if (start == std::string::npos) continue;
    const std::size_t end = start + stop.size();
    if (end > first_end) continue;
    position = end < first_end ? start : std::min(position, start);
    first_end = end;
  }
  return first_end != std::string::npos;
}

std::size_t StopMatcher::held_back() const {
  const std::string_view pending = pending_;
  std::size_t longest = 0;
  for (const std::string& stop : stops_) {
    std::size_t length = std::min(stop.size() - 1, pending.size());
    while (length > longest &&
           !pending.ends_with(std::string_view(stop).substr(0, length))) {
      --length;
    }
    longest = std::max(longest, length);
  }
  return longest;
}

}  // namespace etllm::engine
