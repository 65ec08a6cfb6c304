#pragma once

// What a folder says besides weights: tokenizer, chat template, the tokens that
// begin and end a text, and how its authors want tokens chosen.

#include <string>

#include "base/status.h"
#include "importer/source/model_source.h"

namespace etllm::importer {

/// `config` is config.json. Fails with a sentence where a file is missing,
/// damaged or contradicts another one.
Result<ModelTexts> read_folder_texts(const std::string& folder,
                                     const Json& config);

}  // namespace etllm::importer
