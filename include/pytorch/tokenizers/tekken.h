#pragma once

// Mistral's tekken.json.
//
//   tokenizers::Tekken tokenizer;
//   if (tokenizer.load("tekken.json") != tokenizers::Error::Ok) {
//     std::cerr << tokenizer.failure() << '\n';
//   }

#include <pytorch/tokenizers/pipeline_tokenizer.h>

#include <string>
#include <string_view>

namespace tokenizers {

/// Special tokens like [INST] are found in a text. Const functions may be
/// called from several threads.
class Tekken : public PipelineTokenizer {
 public:
  /// `LoadFailure` when the file cannot be read, `ParseFailure` when it is
  /// broken or asks for something unsupported.
  Error load(const std::string& path) override;

  /// Like `load()`, for a file that is in memory already. Messages call the
  /// tokenizer `name`. `tokenizer_config_json` may name BOS and EOS.
  Error load_from_memory(std::string_view content, const std::string& name,
                         std::string_view tokenizer_config_json = {});
};

}  // namespace tokenizers
