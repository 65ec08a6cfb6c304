#pragma once

// A tokenizer of Hugging Face's kind, put together from its stages:
//
//   text -> added tokens -> normalizers -> added tokens -> pre-tokenizers
//        -> model -> ids
//   ids -> pieces -> decoders -> text

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "tokenizers/added_tokens.h"
#include "tokenizers/decoders/decoder.h"
#include "tokenizers/formats/tokenizer_json.h"
#include "tokenizers/models/model.h"
#include "tokenizers/normalizers/normalizer.h"
#include "tokenizers/post_processors/post_processor.h"
#include "tokenizers/pre_tokenizers/pre_tokenizer.h"

namespace tokenizers::pipeline {

/// What a pipeline consists of. Without decoders, pieces are joined by spaces.
struct Stages {
  AddedTokens added;
  Normalizers normalizers;
  PreTokenizers pre_tokenizers;
  std::unique_ptr<Model> model;  // never null
  SequenceFrame frame;
  std::optional<Decoders> decoders;
};

/// Movable. Const functions may be called from several threads.
class Pipeline {
 public:
  explicit Pipeline(Stages stages) : stages_(std::move(stages)) {}

  /// Builds the stages that `file` describes. Messages do not name the file.
  static etllm::Result<Pipeline> build(TokenizerJson file);

  /// The ids of `text`, valid UTF-8, without those of the frame.
  etllm::Result<std::vector<Id>> encode(std::string_view text) const;

  /// The tokens that the post-processor puts around a sequence.
  const SequenceFrame& frame() const { return stages_.frame; }

  /// The text of a whole sequence. Unknown ids give nothing.
  etllm::Result<std::string> decode(const std::vector<Id>& ids,
                                    bool skip_special) const;

  /// The bytes that `id` adds to a text; `previous` is the id in front of it,
  /// nothing at the start. `id` must be known.
  etllm::Result<std::string> decode_one(std::optional<Id> previous, Id id,
                                        bool skip_special) const;

  /// The entry of the vocabulary or the added token.
  std::optional<std::string_view> piece(Id id) const;
  std::optional<Id> id(const std::string& piece) const;

  /// The number of tokens, added ones included.
  std::size_t size() const;

  /// One more than the largest id that the model can give.
  std::size_t ordinary_id_bound() const {
    return stages_.model->vocabulary().id_bound();
  }

 private:
  etllm::Status encode_part(std::string_view text, bool at_start,
                            std::vector<Id>& ids) const;
  etllm::Status encode_normalized(std::string_view text, bool at_start,
                                  std::vector<Id>& ids) const;
  etllm::Status encode_words(std::string_view text, bool at_start,
                             std::vector<Id>& ids) const;

  Stages stages_;
};

}  // namespace tokenizers::pipeline
