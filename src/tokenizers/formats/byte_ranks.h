#pragma once

// The pipeline of TikToken and Tekken: special tokens, a pattern that cuts the
// text into words, and byte-pair encoding by rank.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "tokenizers/pipeline.h"

namespace tokenizers::pipeline {

/// The tokens of a file, as they are read.
class ByteRanks {
 public:
  /// The id of a token is `first_id` and its rank.
  explicit ByteRanks(Id first_id) : first_id_(first_id) {}

  /// Fails on what is not base64 and on a rank that is there already.
  etllm::Status append(std::string_view base64, std::uint64_t rank);

  std::size_t size() const { return count_; }
  bool has_id(Id id) const;

  /// Fails when the vocabulary cannot spell every text, or the pattern is
  /// wrong. Special tokens are found in the text.
  etllm::Result<Pipeline> build(
      const std::string& pattern,
      const std::vector<AddedTokens::Entry>& special_tokens) &&;

 private:
  Id first_id_;
  Vocabulary vocabulary_;
  std::vector<bool> has_rank_;
  std::size_t count_ = 0;
};

}  // namespace tokenizers::pipeline
