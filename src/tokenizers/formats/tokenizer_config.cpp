#include "tokenizers/formats/tokenizer_config.h"

#include "tokenizers/formats/tokenizer_json.h"

namespace tokenizers::pipeline {
namespace {

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

}  // namespace

etllm::Result<TokenizerConfig> parse_tokenizer_config(std::string_view text) {
  // The same limits as for the large file.
  const auto parsed = parse_tokenizer_json(text);
  if (!parsed.ok()) return parsed.status();
  const Json& config = parsed->root;
  TokenizerConfig result;
  result.bos_token = token_text(config, "bos_token");
  result.eos_token = token_text(config, "eos_token");
  const auto add_bos = config.find("add_bos_token");
  if (add_bos != config.end() && add_bos->is_boolean()) {
    result.add_bos_token = add_bos->get<bool>();
  }
  return result;
}

}  // namespace tokenizers::pipeline
