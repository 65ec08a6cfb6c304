#pragma once

// Arithmetic, by Python's rules.

#include "chat/template/ast.h"
#include "chat/template/render_context.h"

namespace etllm::chat::jinja {

/// Throws `TemplateError` for operands of the wrong types, for a division by
/// zero and for integers that do not fit into 64 bits.
Value apply(RenderContext& context, ast::UnaryOperator op, const Value& value);
Value apply(RenderContext& context, ast::BinaryOperator op, const Value& left,
            const Value& right);

/// Throws the reason when `value` is undefined.
void require_defined(const Value& value);

}  // namespace etllm::chat::jinja
