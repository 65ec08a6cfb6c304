#pragma once

// `'{} is {age:>5}'.format(name, age=7)`.

#include <string>
#include <string_view>

#include "chat/template/arguments.h"
#include "chat/template/render_context.h"

namespace etllm::chat::jinja {

/// Fills the fields of `format` from the arguments of the call. Throws
/// `TemplateError` for a broken format and for values that do not fit.
std::string brace_format(RenderContext& context, std::string_view format,
                         const Arguments& arguments);

}  // namespace etllm::chat::jinja
