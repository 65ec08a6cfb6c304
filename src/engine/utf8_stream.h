#pragma once

// Whole characters from tokens that may end inside one.

#include <cstddef>
#include <string>
#include <string_view>

namespace etllm::engine {

/// Number of bytes at the end of `text` (0 to 3) that begin a UTF-8 character
/// without completing it. Bytes that cannot begin one do not count.
std::size_t incomplete_utf8_tail(std::string_view text);

/// Collects bytes and hands on whole characters only, so that its text is
/// always UTF-8. Bytes that are not become U+FFFD, as in Unicode's recommended
/// practice (chapter 3.9 of the standard): one for each part that could have
/// begun a character.
class Utf8Stream {
 public:
  /// The characters that are complete by now; valid until the next call.
  std::string_view push(std::string_view bytes);
  /// U+FFFD when the bytes end inside a character.
  std::string_view flush();

 private:
  std::string pending_;
  std::string ready_;
};

}  // namespace etllm::engine
