#pragma once

// Access to parts of values: `object.name`, `object[key]`, `object[a:b:c]`.

#include <cstdint>
#include <optional>
#include <string_view>

#include "chat/template/render_context.h"

namespace etllm::chat::jinja {

/// `object.name`: an attribute or method first, then a key. Undefined where
/// there is neither; throws `TemplateError` when `object` is undefined.
Value get_attribute(RenderContext& context, const Value& object,
                    std::string_view name);

/// `object[key]`: a key or index first, then an attribute. Undefined where
/// there is neither; throws `TemplateError` when `object` is undefined.
Value get_item(RenderContext& context, const Value& object, const Value& key);

/// Bounds of a slice; a missing one is none or undefined.
struct SliceBounds {
  Value start, stop, step;
};

/// `object[start:stop:step]`. Throws for what is not a sequence or a string.
Value get_slice(RenderContext& context, const Value& object,
                const SliceBounds& bounds);

}  // namespace etllm::chat::jinja
