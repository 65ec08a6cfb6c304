#include "tokenizers/formats/tiktoken.h"

#include <pytorch/tokenizers/tiktoken.h>

#include <utility>

#include "tokenizers/pre_tokenizers/scanner.h"

namespace tokenizers {
namespace {

/// Llama 3.1's; what it leaves open is reserved.
std::vector<std::string> llama3_special_tokens() {
  std::vector<std::string> tokens = {
      "<|begin_of_text|>",
      "<|end_of_text|>",
      "<|reserved_special_token_0|>",
      "<|reserved_special_token_1|>",
      "<|finetune_right_pad_id|>",
      "<|step_id|>",
      "<|start_header_id|>",
      "<|end_header_id|>",
      "<|eom_id|>",
      "<|eot_id|>",
      "<|python_tag|>",
  };
  for (int number = 2; tokens.size() < kSpecialTokensSize; ++number) {
    tokens.push_back("<|reserved_special_token_" + std::to_string(number) +
                     "|>");
  }
  return tokens;
}

std::vector<std::string> list_of(
    std::unique_ptr<std::vector<std::string>> tokens) {
  return tokens != nullptr ? std::move(*tokens) : llama3_special_tokens();
}

}  // namespace

Tiktoken::Tiktoken()
    : Tiktoken(llama3_special_tokens(), kBOSTokenIndex, kEOSTokenIndex) {}

Tiktoken::Tiktoken(std::string pattern, std::vector<std::string> special_tokens,
                   std::size_t bos_token_index, std::size_t eos_token_index)
    : pattern_(std::move(pattern)),
      special_tokens_(std::move(special_tokens)),
      bos_index_(bos_token_index),
      eos_index_(eos_token_index) {
  if (pattern_.empty()) pattern_ = pipeline::kLlama3Pattern;
}

Tiktoken::Tiktoken(std::vector<std::string> special_tokens,
                   std::size_t bos_token_index, std::size_t eos_token_index)
    : Tiktoken(std::string(), std::move(special_tokens), bos_token_index,
               eos_token_index) {}

Tiktoken::Tiktoken(std::string pattern,
                   std::unique_ptr<std::vector<std::string>> special_tokens,
                   std::size_t bos_token_index, std::size_t eos_token_index)
    : Tiktoken(std::move(pattern), list_of(std::move(special_tokens)),
               bos_token_index, eos_token_index) {}

Tiktoken::Tiktoken(std::unique_ptr<std::vector<std::string>> special_tokens,
                   std::size_t bos_token_index, std::size_t eos_token_index)
    : Tiktoken(std::string(), list_of(std::move(special_tokens)),
               bos_token_index, eos_token_index) {}

Error Tiktoken::load(const std::string& path) {
  const pipeline::TiktokenRules rules{pattern_, special_tokens_, bos_index_,
                                      eos_index_};
  return load_file(path,
                   {"a TikToken file", [&rules](std::string_view content) {
                      return pipeline::read_tiktoken(content, rules);
                    }});
}

}  // namespace tokenizers
