#pragma once

// Parses a whole template into its syntax tree.

#include <string_view>

#include "chat/template/ast.h"

namespace etllm::chat::jinja {

/// Throws `TemplateError` for a template that is not well-formed or that uses
/// a tag that chat templates have no use for (blocks, imports, ...).
ast::Body parse_template(std::string_view source);

}  // namespace etllm::chat::jinja
