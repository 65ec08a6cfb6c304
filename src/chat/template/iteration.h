#pragma once

// Walking over values, as a `for` statement does.

#include <optional>
#include <vector>

#include "chat/template/budget.h"
#include "chat/template/value.h"

namespace etllm::chat::jinja {

/// The items of `value`: of a sequence its items, of a string its characters,
/// of a dictionary its keys, of an undefined value none. Uses an iterator up.
/// Throws `TemplateError` for values that cannot be walked over.
std::vector<Value> iterate(Budget& budget, const Value& value);

/// Whether `iterate` would succeed.
bool is_iterable(const Value& value);

/// Python's `len()`; nothing for values without a length.
std::optional<std::size_t> length_of(Budget& budget, const Value& value);

}  // namespace etllm::chat::jinja
