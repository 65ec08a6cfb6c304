#pragma once

// TikToken files: a line for each token, its bytes in base64 and its rank,
// which is its id. The pattern and the special tokens are not in the file.

#include <string>
#include <string_view>
#include <vector>

#include "tokenizers/formats/file_format.h"

namespace tokenizers::pipeline {

/// What the file does not say.
struct TiktokenRules {
  std::string pattern;
  /// Their ids follow those of the file.
  std::vector<std::string> special_tokens;
  /// Which of `special_tokens` begin and end a sequence.
  std::size_t bos_index = 0;
  std::size_t eos_index = 1;
};

/// Why `content` is not a TikToken file; empty when it may be one.
std::string_view why_not_tiktoken(std::string_view content);

etllm::Result<LoadedPipeline> read_tiktoken(std::string_view content,
                                            const TiktokenRules& rules);

}  // namespace tokenizers::pipeline
