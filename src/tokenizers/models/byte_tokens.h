#pragma once

// Tokens like <0x0A>, which stand for a byte of a character that the
// vocabulary lacks.

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tokenizers/vocabulary.h"

namespace tokenizers::pipeline {

/// Immutable; may be used from several threads.
class ByteTokens {
 public:
  explicit ByteTokens(const Vocabulary& vocabulary);

  /// Appends the tokens of the bytes of `text`; false, and nothing appended,
  /// when one of them does not exist.
  bool append(std::string_view text, std::vector<Id>& ids) const;

 private:
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};

  std::array<std::uint64_t, 256> ids_{};
};

}  // namespace tokenizers::pipeline
