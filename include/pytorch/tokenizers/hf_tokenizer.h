#pragma once

// The tokenizers of Hugging Face's `tokenizer.json`: same ids, same texts as
// the `tokenizers` library. docs/tokenizers.md lists what is supported.
//
//   tokenizers::HFTokenizer tokenizer;
//   if (tokenizer.load("models/llama") != tokenizers::Error::Ok) {
//     std::cerr << tokenizer.failure() << '\n';
//   }

#include <pytorch/tokenizers/pipeline_tokenizer.h>

#include <string>
#include <string_view>

namespace tokenizers {

namespace pipeline {
struct TokenizerConfig;
}  // namespace pipeline

/// Movable, not copyable. Const functions may be called from several threads.
class HFTokenizer final : public PipelineTokenizer {
 public:
  HFTokenizer();
  HFTokenizer(HFTokenizer&&) noexcept;
  HFTokenizer& operator=(HFTokenizer&&) noexcept;
  ~HFTokenizer() override;

  /// `path` is a tokenizer.json, or a folder that holds one. The files
  /// tokenizer_config.json and special_tokens_map.json beside it, if there,
  /// name the BOS and EOS tokens. `LoadFailure` when a file cannot be read,
  /// `ParseFailure` when it is broken or asks for something unsupported.
  Error load(const std::string& path) override;

  /// Like `load()`, for files that are in memory already. Messages call the
  /// tokenizer `name`. `tokenizer_config_json` may be empty.
  Error load_from_memory(std::string_view tokenizer_json,
                         const std::string& name = "tokenizer.json",
                         std::string_view tokenizer_config_json = {});

 private:
  Error build(std::string_view json, const std::string& name,
              const pipeline::TokenizerConfig& config);
};

}  // namespace tokenizers
