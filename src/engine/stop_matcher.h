#pragma once

// Finds stop strings in a text that comes in pieces.

#include <string>
#include <string_view>
#include <vector>

namespace etllm::engine {

/// Holds back only what may still become a stop string.
class StopMatcher {
 public:
  /// Empty strings stop nothing.
  explicit StopMatcher(std::vector<std::string> stops);

  /// What can be delivered after `text`; valid until the next call. After a
  /// match: what stood before it, and later calls give nothing. Of several
  /// stop strings the one that is complete first matches; of those that are
  /// complete together, the longest.
  std::string_view push(std::string_view text);
  /// What was held back, when no more text comes.
  std::string_view flush();
  /// Whether a stop string has appeared.
  bool matched() const { return matched_; }

 private:
  bool find_match(std::size_t& position) const;
  std::size_t held_back() const;

  std::vector<std::string> stops_;
  std::string pending_;
  std::string ready_;
  bool matched_ = false;
};

}  // namespace etllm::engine
