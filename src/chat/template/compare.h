#pragma once

// Comparison of values by Python's rules.

#include "chat/template/budget.h"
#include "chat/template/value.h"

namespace etllm::chat::jinja {

/// How two numbers stand to each other; kUnordered when one of them is NaN.
enum class NumberOrder { kLess, kEqual, kGreater, kUnordered };

/// Exact for every mix of integers and floats. Requires numbers.
NumberOrder compare_numbers(const Value& left, const Value& right);

/// Python's `==`; never fails on a mix of types.
bool equals(Budget& budget, const Value& left, const Value& right);

/// Python's `<`; throws `TemplateError` for types without an order.
bool less_than(Budget& budget, const Value& left, const Value& right);

/// Python's `<=`; throws `TemplateError` for types without an order.
bool less_equal(Budget& budget, const Value& left, const Value& right);

/// Python's `item in container`.
bool contains(Budget& budget, const Value& container, const Value& item);

}  // namespace etllm::chat::jinja
