#pragma once

// SentencePiece's `.model` files, of the types BPE and Unigram: the same ids as
// the `sentencepiece` library.
//
//   tokenizers::SPTokenizer tokenizer;
//   if (tokenizer.load("tokenizer.model") != tokenizers::Error::Ok) {
//     std::cerr << tokenizer.failure() << '\n';
//   }

#include <pytorch/tokenizers/pipeline_tokenizer.h>

#include <string>

namespace tokenizers {

/// Control pieces like </s> are not found in a text, as in the library; user-
/// defined ones are. Const functions may be called from several threads.
class SPTokenizer : public PipelineTokenizer {
 public:
  /// `LoadFailure` when the file cannot be read, `ParseFailure` when it is
  /// broken or asks for something unsupported.
  Error load(const std::string& path) override;
};

}  // namespace tokenizers
