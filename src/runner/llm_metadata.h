#pragma once

#include <executorch/extension/module/module.h>
#include <pytorch/tokenizers/tokenizer.h>

#include "base/status.h"
#include "engine/model_metadata.h"

namespace etllm::runner {

/// The constants.h keys of the model, completed from the tokenizer, which may
/// be nullptr, and with the framework's defaults. kInvalidData with a sentence
/// when the model's own contradict each other.
Result<engine::MetadataMap> read_llm_metadata(
    const tokenizers::Tokenizer* tokenizer,
    executorch::extension::Module& module);

}  // namespace etllm::runner
