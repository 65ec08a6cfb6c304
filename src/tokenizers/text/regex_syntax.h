#pragma once

// The patterns of `tokenizer.json` are written for Oniguruma (Ruby's syntax);
// ours are matched by PCRE2. The two read some things differently.

#include <string>
#include <string_view>

#include "base/status.h"

namespace tokenizers::pipeline {

/// The PCRE2 pattern that means what `pattern` means to Oniguruma. Fails on
/// nested sets, set intersections and absence operators, which PCRE2 lacks.
etllm::Result<std::string> pcre2_syntax(std::string_view pattern);

}  // namespace tokenizers::pipeline
