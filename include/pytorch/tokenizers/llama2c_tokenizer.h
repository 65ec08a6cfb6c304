#pragma once

// The tokenizer.bin of llama2.c, with its own header or with ExecuTorch's.
//
//   tokenizers::Llama2cTokenizer tokenizer;
//   if (tokenizer.load("tokenizer.bin") != tokenizers::Error::Ok) {
//     std::cerr << tokenizer.failure() << '\n';
//   }

#include <pytorch/tokenizers/pipeline_tokenizer.h>

#include <string>

namespace tokenizers {

/// Const functions may be called from several threads.
class Llama2cTokenizer : public PipelineTokenizer {
 public:
  /// `LoadFailure` when the file cannot be read, `ParseFailure` when it is
  /// broken or asks for something unsupported.
  Error load(const std::string& path) override;
};

}  // namespace tokenizers
