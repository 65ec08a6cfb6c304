#pragma once

// The pre-tokenizers that cut at single characters: BertPreTokenizer,
// CharDelimiterSplit, Punctuation, Whitespace and WhitespaceSplit.

#include "tokenizers/pre_tokenizers/pre_tokenizer.h"

namespace tokenizers::pipeline {

etllm::Status append_bert_pre_tokenizer(const Json& json, PreTokenizers& steps);
etllm::Status append_char_delimiter_split(const Json& json,
                                          PreTokenizers& steps);
etllm::Status append_punctuation(const Json& json, PreTokenizers& steps);
etllm::Status append_whitespace(const Json& json, PreTokenizers& steps);
etllm::Status append_whitespace_split(const Json& json, PreTokenizers& steps);

}  // namespace tokenizers::pipeline
