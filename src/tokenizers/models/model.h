#pragma once

// The third stage: turns words into ids.

#include <memory>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "tokenizers/formats/tokenizer_json.h"
#include "tokenizers/vocabulary.h"

namespace tokenizers::pipeline {

/// Immutable from the outside; may be used from several threads.
class Model {
 public:
  explicit Model(Vocabulary vocabulary) : vocabulary_(std::move(vocabulary)) {}
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;
  virtual ~Model() = default;

  /// Appends the ids of each of `words`, which are valid UTF-8.
  virtual etllm::Status tokenize(const std::vector<std::string_view>& words,
                                 std::vector<Id>& ids) const = 0;

  const Vocabulary& vocabulary() const { return vocabulary_; }

 private:
  Vocabulary vocabulary_;
};

/// What the words look like that a model will get.
enum class WordAlphabet {
  kText,   ///< As the pre-tokenizers leave them.
  kBytes,  ///< Bytes that the vocabulary spells in the byte alphabet.
};

/// Whether the model of `file` can read bytes.
bool reads_bytes(const TokenizerJson& file);

/// The model of `file`, whose tables it takes.
etllm::Result<std::unique_ptr<Model>> make_model(TokenizerJson& file,
                                                 WordAlphabet alphabet);

}  // namespace tokenizers::pipeline
