#pragma once

// The symbols that byte-pair encoding starts from: one per character, with
// what the vocabulary lacks replaced by byte tokens or the unknown token.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "tokenizers/models/byte_tokens.h"
#include "tokenizers/models/model.h"

namespace tokenizers::pipeline {

/// The fields of a BPE model that say how a word begins.
struct StartRules {
  std::optional<std::string> unknown_token;
  std::string continuing_prefix;  // before all but the first character
  std::string end_suffix;         // behind the last character
  bool fuse_unknown = false;
  bool byte_fallback = false;
};

/// Immutable; may be used from several threads.
class StartSymbols {
 public:
  StartSymbols(StartRules rules, const Vocabulary& vocabulary,
               WordAlphabet alphabet);

  /// Replaces `symbols` by those of `word`. `vocabulary` is that of the
  /// constructor. Fails when the unknown token is needed and does not exist.
  etllm::Status fill(const Vocabulary& vocabulary, std::string_view word,
                     std::vector<Id>& symbols) const;

  const StartRules& rules() const { return rules_; }

 private:
  class Filler;

  static constexpr std::uint64_t kNone = ~std::uint64_t{0};

  StartRules rules_;
  WordAlphabet alphabet_;
  bool plain_;                                 // neither prefix nor suffix
  std::array<std::uint64_t, 256> direct_ids_;  // of characters of one byte
  std::optional<ByteTokens> byte_tokens_;
  std::optional<Id> unknown_id_;
};

}  // namespace tokenizers::pipeline
