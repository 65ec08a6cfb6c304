#include "tokenizers/formats/tokenizer_config.h"

#include <algorithm>
#include <charconv>

#include "tokenizers/formats/json_object.h"

namespace tokenizers::pipeline {
namespace {

using Json = nlohmann::json;

/// A token is its text, or an object with a field `content`.
std::optional<std::string> token_text(const Json& config, const char* name) {
  auto token = config.find(name);
  if (token == config.end()) return std::nullopt;
  if (token->is_object() && token->contains("content")) {
    token = token->find("content");
  }
  if (!token->is_string()) return std::nullopt;
  return token->get<std::string>();
}

/// Entries that are no tokens are left out.
std::vector<TokenizerConfig::Added> added_tokens(const Json& config) {
  std::vector<TokenizerConfig::Added> tokens;
  const auto list = config.find("added_tokens_decoder");
  if (list == config.end() || !list->is_object()) return tokens;
  for (const auto& [key, value] : list->items()) {
    TokenizerConfig::Added token;
    const char* end = key.data() + key.size();
    const auto [stop, error] = std::from_chars(key.data(), end, token.id);
    if (error != std::errc() || stop != end || !value.is_object()) continue;
    const auto content = value.find("content");
    if (content == value.end() || !content->is_string()) continue;
    token.content = content->get<std::string>();
    const auto special = value.find("special");
    token.special =
        special != value.end() && special->is_boolean() && special->get<bool>();
    tokens.push_back(std::move(token));
  }
  std::ranges::sort(tokens, {}, &TokenizerConfig::Added::id);
  return tokens;
}

}  // namespace

etllm::Result<TokenizerConfig> parse_tokenizer_config(std::string_view text) {
  // Not by simdjson: the file is small, and `model_max_length` is often 10^30,
  // a number that 64 bits do not hold.
  const auto parsed = parse_json_object(text);
  if (!parsed.ok()) {
    return etllm::invalid_data("it " + parsed.status().message());
  }
  const Json& config = *parsed;
  TokenizerConfig result;
  result.bos_token = token_text(config, "bos_token");
  result.eos_token = token_text(config, "eos_token");
  const auto add_bos = config.find("add_bos_token");
  if (add_bos != config.end() && add_bos->is_boolean()) {
    result.add_bos_token = add_bos->get<bool>();
  }
  result.added_tokens = added_tokens(config);
  return result;
}

}  // namespace tokenizers::pipeline
