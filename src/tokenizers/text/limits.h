#pragma once

#include <cstddef>

#include "base/status.h"

namespace tokenizers::pipeline {

/// How long `bytes` of text may become. Replacements can make it as long as a
/// hostile file likes: each step keeps to this limit, and so do all of them
/// together.
constexpr std::size_t grown_limit(std::size_t bytes) {
  return 16 * bytes + (std::size_t{1} << 16U);
}

inline etllm::Status grows_too_long() {
  return etllm::invalid_argument(
      "the replacements of the tokenizer make the text far too long");
}

}  // namespace tokenizers::pipeline
