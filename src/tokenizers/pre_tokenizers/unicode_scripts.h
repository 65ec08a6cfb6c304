#pragma once

// UnicodeScripts: cuts where one script ends and another begins.

#include "tokenizers/pre_tokenizers/pre_tokenizer.h"

namespace tokenizers::pipeline {

etllm::Status append_unicode_scripts(const Json& json, PreTokenizers& steps);

}  // namespace tokenizers::pipeline
