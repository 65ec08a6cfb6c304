#pragma once

// Splits a template into tokens by the rules of Jinja2 with `trim_blocks` and
// `lstrip_blocks`, which is how chat templates are written: the newline after
// a block tag disappears, and so does the indentation in front of one.

#include <string_view>
#include <vector>

#include "chat/template/token.h"

namespace etllm::chat::jinja {

/// The tokens of `source`; the last one is kEnd. Throws `TemplateError`.
std::vector<Token> tokenize(std::string_view source);

}  // namespace etllm::chat::jinja
