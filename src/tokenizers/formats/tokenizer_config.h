#pragma once

// What `tokenizer_config.json` and `special_tokens_map.json` say about the
// tokens at both ends of a sequence.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace tokenizers::pipeline {

struct TokenizerConfig {
  /// An entry of `added_tokens_decoder`.
  struct Added {
    std::uint32_t id = 0;
    std::string content;
    bool special = false;
  };

  std::optional<std::string> bos_token;
  std::optional<std::string> eos_token;
  std::optional<bool> add_bos_token;
  std::vector<Added> added_tokens;  ///< By id.
};

/// Fields that are missing or of another type stay empty. Fails with a
/// sentence without the file's name when `text` is not a JSON object.
etllm::Result<TokenizerConfig> parse_tokenizer_config(std::string_view text);

}  // namespace tokenizers::pipeline
