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
#include <string_view>

namespace tokenizers {

/// Control pieces like </s> are not found in a text, as in the library; user-
/// defined ones are. Const functions may be called from several threads.
class SPTokenizer : public PipelineTokenizer {
 public:
  /// `LoadFailure` when the file cannot be read, `ParseFailure` when it is
  /// broken or asks for something unsupported.
  Error load(const std::string& path) override;

  /// Like `load()`, for a file that is in memory already. Messages call the
  /// tokenizer `name`. With a `tokenizer_config_json`, its tokens (BOS, EOS,
  /// `added_tokens_decoder`) are found in a text, as in transformers.
  Error load_from_memory(std::string_view content, const std::string& name,
                         std::string_view tokenizer_config_json = {});
};

}  // namespace tokenizers
