#pragma once

// The tokenizer.bin of llama2.c: for each token its score (f32), the size of
// its text (i32) and the text. In front of them stand the size of the longest
// text or, in ExecuTorch's form, four numbers: the size of the vocabulary, BOS,
// EOS, and the size of the longest text. All are little-endian.

#include <string_view>

#include "tokenizers/formats/file_format.h"

namespace tokenizers::pipeline {

/// Why `content` is not such a file; empty when it is one.
std::string_view why_not_llama2c(std::string_view content);

etllm::Result<LoadedPipeline> read_llama2c(std::string_view content);

}  // namespace tokenizers::pipeline
