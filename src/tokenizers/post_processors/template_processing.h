#pragma once

// TemplateProcessing: a template of special tokens and sequences.

#include "tokenizers/post_processors/post_processor.h"

namespace tokenizers::pipeline {

/// Puts the tokens around those of `frame`.
etllm::Status extend_by_template_processing(const Json& json,
                                            SequenceFrame& frame);

}  // namespace tokenizers::pipeline
