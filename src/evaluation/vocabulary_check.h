#pragma once

// Distributions can be compared only where a token means the same in both.

#include <pytorch/tokenizers/tokenizer.h>

#include "base/status.h"

namespace etllm::evaluation {

/// kInvalidArgument with the first token that differs.
Status check_same_vocabulary(const tokenizers::Tokenizer& model,
                             const tokenizers::Tokenizer& reference);

}  // namespace etllm::evaluation
