#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "tokenizers/vocabulary.h"

namespace tokenizers::pipeline {

/// What to say when the unknown token is needed and does not exist.
etllm::Status lacks_unknown_token(const std::string& token);

/// Appends the id of the unknown token; fails when it has none.
etllm::Status append_unknown(const Vocabulary& vocabulary,
                             const std::string& token, std::vector<Id>& ids);

}  // namespace tokenizers::pipeline
