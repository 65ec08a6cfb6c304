#pragma once

// The tokenizers of Hugging Face's `tokenizer.json`: same ids, same texts as
// the `tokenizers` library. docs/tokenizers.md lists what is supported.
//
//   tokenizers::HFTokenizer tokenizer;
//   if (tokenizer.load("models/llama") != tokenizers::Error::Ok) {
//     std::cerr << tokenizer.failure() << '\n';
//   }

#include <pytorch/tokenizers/tokenizer.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tokenizers {

namespace pipeline {
struct TokenizerConfig;
}  // namespace pipeline

/// Movable, not copyable. Const functions may be called from several threads.
class HFTokenizer final : public Tokenizer {
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

  /// Overrides what the files say about BOS and EOS, for a model that knows it
  /// better. `kNoToken` means that there is none.
  void set_bos_eos(uint64_t bos, uint64_t eos);

  /// Whether `encode` with `bos` of 1 starts the sequence with a token.
  bool adds_bos() const;

  /// Bytes that are not UTF-8 are read as U+FFFD. `RegexFailure` when a
  /// pattern of the tokenizer takes too long on this text.
  Result<std::vector<uint64_t>> encode(const std::string& text, int8_t bos = 0,
                                       int8_t eos = 0) const override;

  Result<std::string> decode(uint64_t prev, uint64_t token,
                             bool skip_special_tokens = false) const override;

  /// The text of a whole sequence, always valid UTF-8. Ids that are not in the
  /// vocabulary give nothing.
  Result<std::string> decode(const std::vector<uint64_t>& tokens,
                             bool skip_special_tokens = false) const;

  Result<std::string> id_to_piece(uint64_t token) const override;
  Result<uint64_t> piece_to_id(const std::string& piece) const override;

 private:
  struct State;

  Error build(std::string_view json, const std::string& name,
              const pipeline::TokenizerConfig& config);
  Error fail(Error error, const std::string& sentence);

  std::unique_ptr<State> state_;
};

}  // namespace tokenizers
