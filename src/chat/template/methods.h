#pragma once

// The methods of values: `text.strip()`, `dict.items()`, ...

#include <string_view>

#include "chat/template/runtime_objects.h"

namespace etllm::chat::jinja {

/// Null where values of this type have no such method.
const ValueFunction* find_method(const Value& object, std::string_view name);

/// Whether Python has this method, but templates may not call it because it
/// changes the object.
bool changes_its_object(const Value& object, std::string_view name);

/// The methods of one type; each in a file of its own.
const ValueFunction* find_string_method(std::string_view name);
const ValueFunction* find_container_method(const Value& object,
                                           std::string_view name);

}  // namespace etllm::chat::jinja
