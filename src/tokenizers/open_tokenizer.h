#pragma once

// Tokenizer files that are in memory: the content decides which format they
// are in.

#include <pytorch/tokenizers/pipeline_tokenizer.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace tokenizers {

/// Opens a tekken.json, a tokenizer.json, TikToken ranks or a SentencePiece
/// model. `config_json` is the tokenizer_config.json beside it, or empty.
/// Messages call the tokenizer `name`. Fails with kInvalidData.
etllm::Result<std::unique_ptr<PipelineTokenizer>> open_tokenizer(
    std::string_view content, const std::string& name,
    std::string_view config_json);

/// Why `content` is no JSON object; empty when it may be one.
std::string_view why_not_json_object(std::string_view content);

}  // namespace tokenizers
