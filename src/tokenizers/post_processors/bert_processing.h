#pragma once

// BertProcessing and RobertaProcessing: [CLS] in front, [SEP] behind.

#include "tokenizers/post_processors/post_processor.h"

namespace tokenizers::pipeline {

/// Puts the tokens around those of `frame`.
etllm::Status extend_by_bert_processing(const Json& json, SequenceFrame& frame);

}  // namespace tokenizers::pipeline
