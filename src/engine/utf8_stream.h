#pragma once

// Whole characters from tokens that may end inside one.

#include <cstddef>
#include <string>
#include <string_view>

namespace etllm::engine {

/// Number of bytes at the end of `text` (0 to 3) that begin a UTF-8 character
/// without completing it. Bytes that cannot begin one do not count.
std::size_t incomplete_utf8_tail(std::string_view text);

/// Collects bytes and hands on those that end with a whole character.
class Utf8Stream {
 public:
  /// The bytes that are complete by now; valid until the next call.
  std::string_view push(std::string_view bytes);
  /// What is left: the beginning of a character that never was completed.
  std::string_view flush();

 private:
  std::string pending_;
  std::string ready_;
};

}  // namespace etllm::engine
