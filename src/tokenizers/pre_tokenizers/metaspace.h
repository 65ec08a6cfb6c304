#pragma once

// Metaspace: SentencePiece's words, which begin with a mark for the space.

#include "tokenizers/pre_tokenizers/pre_tokenizer.h"

namespace tokenizers::pipeline {

/// Where Metaspace puts a mark in front of a word that has none.
enum class PrependScheme { kNever, kFirst, kAlways };

class Fields;

/// The field `prepend_scheme`, or `add_prefix_space` of older files.
PrependScheme prepend_scheme(Fields& fields);

etllm::Status append_metaspace(const Json& json, PreTokenizers& steps);

}  // namespace tokenizers::pipeline
