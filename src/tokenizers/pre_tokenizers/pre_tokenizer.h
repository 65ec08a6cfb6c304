#pragma once

// The second stage: cuts a normalized text into words.

#include <memory>
#include <vector>

#include "base/status.h"
#include "tokenizers/formats/tokenizer_json.h"
#include "tokenizers/words.h"

namespace tokenizers::pipeline {

/// Immutable; may be used from several threads.
class PreTokenizer {
 public:
  PreTokenizer() = default;
  PreTokenizer(const PreTokenizer&) = delete;
  PreTokenizer& operator=(const PreTokenizer&) = delete;
  virtual ~PreTokenizer() = default;

  virtual etllm::Status pre_tokenize(Words& words) const = 0;

  /// Whether this step only writes bytes in the byte alphabet. As the last
  /// step it can be left out for a model that reads bytes.
  virtual bool only_spells_bytes() const { return false; }
};

using PreTokenizers = std::vector<std::unique_ptr<PreTokenizer>>;

/// The steps that the field `pre_tokenizer` of a file describes: none for
/// null, sequences flattened.
etllm::Result<PreTokenizers> make_pre_tokenizers(const Json& json);

}  // namespace tokenizers::pipeline
