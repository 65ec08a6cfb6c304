#pragma once

// TikToken files: a line for each token, its bytes in base64 and its rank. The
// same ids as the `tiktoken` library.
//
//   tokenizers::Tiktoken tokenizer;  // for Llama 3
//   if (tokenizer.load("tokenizer.model") != tokenizers::Error::Ok) {
//     std::cerr << tokenizer.failure() << '\n';
//   }

#include <pytorch/tokenizers/pipeline_tokenizer.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tokenizers {

/// Llama 3's special tokens: how many there are, and which of them begin and
/// end a sequence.
inline constexpr int32_t kSpecialTokensSize = 256;
inline constexpr std::size_t kBOSTokenIndex = 0;
inline constexpr std::size_t kEOSTokenIndex = 1;

/// Special tokens are found in a text. Const functions may be called from
/// several threads.
class Tiktoken : public PipelineTokenizer {
 public:
  /// The pattern and the special tokens of Llama 3.1.
  Tiktoken();

  /// `special_tokens` get the ids behind those of the file; the indices say
  /// which of them begin and end a sequence, and are checked by `load()`. An
  /// empty `pattern`, or none, is Llama 3's.
  Tiktoken(std::string pattern, std::vector<std::string> special_tokens,
           std::size_t bos_token_index, std::size_t eos_token_index);
  Tiktoken(std::vector<std::string> special_tokens, std::size_t bos_token_index,
           std::size_t eos_token_index);
  Tiktoken(std::string pattern,
           std::unique_ptr<std::vector<std::string>> special_tokens,
           std::size_t bos_token_index, std::size_t eos_token_index);
  Tiktoken(std::unique_ptr<std::vector<std::string>> special_tokens,
           std::size_t bos_token_index, std::size_t eos_token_index);

  /// `LoadFailure` when the file cannot be read, `ParseFailure` when it is
  /// broken or the pattern is.
  Error load(const std::string& path) override;

  /// Like `load()`, for a file that is in memory already. Messages call the
  /// tokenizer `name`. The `added_tokens_decoder` of `tokenizer_config_json`,
  /// if there, takes the place of the special tokens.
  Error load_from_memory(std::string_view content, const std::string& name,
                         std::string_view tokenizer_config_json = {});

 private:
  std::string pattern_;
  std::vector<std::string> special_tokens_;
  std::size_t bos_index_;
  std::size_t eos_index_;
};

}  // namespace tokenizers
