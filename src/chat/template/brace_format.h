#pragma once

// `'{} is {age:>5}'.format(name, age=7)`.

#include <string>
#include <string_view>

#include "chat/template/arguments.h"
#include "chat/template/render_context.h"

namespace etllm::chat::jinja {

/// Fills the fields of the string `format` from the arguments of the call;
/// markup stays markup and escapes the values. Throws `TemplateError` for a
/// broken format and for values that do not fit.
Value brace_format(RenderContext& context, const Value& format,
                   const Arguments& arguments);

}  // namespace etllm::chat::jinja
