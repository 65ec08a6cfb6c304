#pragma once

// The normalization forms of Unicode.

#include <string>

#include "base/status.h"

namespace tokenizers::pipeline {

enum class UnicodeForm { kNfc, kNfd, kNfkc, kNfkd };

/// Rewrites `text`, which must be valid UTF-8.
etllm::Status to_unicode_form(UnicodeForm form, std::string& text);

}  // namespace tokenizers::pipeline
