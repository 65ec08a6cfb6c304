#pragma once

// `'%s is %d' % (name, age)`.

#include "chat/template/render_context.h"

namespace etllm::chat::jinja {

/// Fills the conversions of `format` from a tuple, a dictionary (`%(name)s`)
/// or one value. Requires a string as `format`; throws `TemplateError` for a
/// broken format and for values that do not fit.
Value percent_format(RenderContext& context, const Value& format,
                     const Value& values);

}  // namespace etllm::chat::jinja
