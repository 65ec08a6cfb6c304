#pragma once

// JSON as values of the template language.

#include <nlohmann/json_fwd.hpp>

#include "chat/template/value.h"

namespace etllm::chat::jinja {

/// Keeps the order of keys. Integers above the range of 64 bits with a sign
/// become floats. Throws `TemplateError` when the JSON nests too deeply.
Value from_json(const nlohmann::ordered_json& json);

}  // namespace etllm::chat::jinja
