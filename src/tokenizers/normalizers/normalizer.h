#pragma once

// The first stage: rewrites a text before it is cut into words.

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "tokenizers/formats/tokenizer_json.h"

namespace tokenizers::pipeline {

/// Immutable; may be used from several threads.
class Normalizer {
 public:
  Normalizer() = default;
  Normalizer(const Normalizer&) = delete;
  Normalizer& operator=(const Normalizer&) = delete;
  virtual ~Normalizer() = default;

  /// Rewrites `text`, valid UTF-8 before and after.
  virtual etllm::Status normalize(std::string& text) const = 0;
};

using Normalizers = std::vector<std::unique_ptr<Normalizer>>;

/// The steps that the field `normalizer` of a file describes: none for null,
/// sequences flattened.
etllm::Result<Normalizers> make_normalizers(const Json& json);

}  // namespace tokenizers::pipeline
