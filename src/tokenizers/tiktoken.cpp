#include "tokenizers/formats/tiktoken.h"

#include <pytorch/tokenizers/tiktoken.h>

#include <optional>
#include <utility>

#include "tokenizers/formats/tokenizer_config.h"
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

/// Puts the tokens of the configuration in place of those of `rules`; ids that
/// it leaves open get names that no text has.
void take_special_tokens(const pipeline::TokenizerConfig& config,
                         pipeline::TiktokenRules& rules) {
  if (config.added_tokens.empty()) return;
  constexpr std::uint32_t kMaxTokens = 65'536;
  const std::uint32_t first = config.added_tokens.front().id;
  rules.special_tokens.clear();
  rules.bos_index = rules.eos_index = 0;
  for (const auto& token : config.added_tokens) {
    const std::uint32_t index = token.id - first;
    if (index >= kMaxTokens) break;
    while (rules.special_tokens.size() < index) {
      rules.special_tokens.push_back(
          "<|unused " + std::to_string(rules.special_tokens.size()) + "|>");
    }
    if (token.content == config.bos_token) rules.bos_index = index;
    if (token.content == config.eos_token) rules.eos_index = index;
    if (rules.special_tokens.size() == index) {
      rules.special_tokens.push_back(token.content);
    }
  }
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

Error Tiktoken::load_from_memory(std::string_view content,
                                 const std::string& name,
                                 std::string_view tokenizer_config_json) {
  const auto config = read_config(tokenizer_config_json, name);
  if (!config) return Error::ParseFailure;
  pipeline::TiktokenRules rules{pattern_, special_tokens_, bos_index_,
                                eos_index_};
  take_special_tokens(*config, rules);
  const Error error =
      load_content(content, name,
                   {"a TikToken file",
                    [&rules](std::string_view file) {
                      return pipeline::read_tiktoken(file, rules);
                    }},
                   *config);
  if (error != Error::Ok) return error;
  for (const auto& token : config->added_tokens) {
    const auto id = piece_to_id(token.content);
    if (id.ok() && *id == token.id) continue;
    return fail(Error::ParseFailure,
                "'" + name + "' cannot be used: '" + token.content +
                    "' would not get the id " + std::to_string(token.id) +
                    " that the configuration gives it; use the tokenizer.json "
                    "of the model");
  }
  return Error::Ok;
}

}  // namespace tokenizers
