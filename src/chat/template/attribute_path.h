#pragma once

// The paths that filters look up in items: `sort(attribute='user.age')`.

#include <string_view>
#include <vector>

#include "chat/template/render_context.h"

namespace etllm::chat::jinja {

/// A path of names and indices, split at the dots.
class AttributePath {
 public:
  /// `path` is a string or an index; none is the path to the item itself.
  AttributePath(RenderContext& context, const Value& path);

  /// The value at the end of the path. Where a step is undefined and
  /// `fallback` is not null, the fallback takes its place.
  Value get(const Value& item, const Value* fallback = nullptr) const;

  /// The same with strings in lower case, for comparing without case.
  Value key(const Value& item, bool case_sensitive) const;

 private:
  RenderContext& context_;
  std::vector<Value> steps_;
};

}  // namespace etllm::chat::jinja
