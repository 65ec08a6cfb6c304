#pragma once

// The fourth stage: the tokens that stand around a sequence.

#include <vector>

#include "base/status.h"
#include "tokenizers/formats/tokenizer_json.h"
#include "tokenizers/vocabulary.h"

namespace tokenizers::pipeline {

/// What the post-processor puts around a single sequence.
struct SequenceFrame {
  std::vector<Id> before;
  std::vector<Id> after;
};

/// The frame that the field `post_processor` of a file describes; an empty one
/// for null.
etllm::Result<SequenceFrame> make_sequence_frame(const Json& json);

}  // namespace tokenizers::pipeline
