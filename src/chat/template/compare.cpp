#include "chat/template/compare.h"

#include <cmath>
#include <string>

#include "chat/template/iteration.h"
#include "chat/template/template_error.h"
#include "chat/template/text_search.h"

namespace etllm::chat::jinja {
namespace {

template <typename T>
NumberOrder order_of(T left, T right) {
  if (left < right) return NumberOrder::kLess;
  if (left > right) return NumberOrder::kGreater;
  return left == right ? NumberOrder::kEqual : NumberOrder::kUnordered;
}

NumberOrder reversed(NumberOrder order) {
  if (order == NumberOrder::kLess) return NumberOrder::kGreater;
  if (order == NumberOrder::kGreater) return NumberOrder::kLess;
  return order;
}

NumberOrder compare_mixed(std::int64_t left, double right) {
  constexpr double kTwoTo63 = 9223372036854775808.0;
  if (std::isnan(right)) return NumberOrder::kUnordered;
  if (right >= kTwoTo63) return NumberOrder::kLess;
  if (right < -kTwoTo63) return NumberOrder::kGreater;
  const double whole = std::trunc(right);
  const NumberOrder order = order_of(left, static_cast<std::int64_t>(whole));
  return order == NumberOrder::kEqual ? order_of(whole, right) : order;
}

bool is_ordered_sequence(const Value& value) {
  return value.is_list() || value.is_tuple();
}

bool sequences_equal(Budget& budget, const Value& left, const Value& right) {
  const Sequence& a = left.sequence();
  const Sequence& b = right.sequence();
  if (&a == &b) return true;
  const bool comparable =
      a.type == b.type && a.type != SequenceType::kIterator &&
      a.type != SequenceType::kValues && a.items.size() == b.items.size();
  if (!comparable) return false;
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    if (!equals(budget, a.items[i], b.items[i])) return false;
  }
  return true;
}

bool dicts_equal(Budget& budget, const Dict& left, const Dict& right) {
  if (&left == &right) return true;
  if (left.size() != right.size()) return false;
  for (const auto& [key, value] : left.entries()) {
    budget.spend_walk(key);
    const Value* other = right.find(key);
    if (other == nullptr || !equals(budget, value, *other)) return false;
  }
  return true;
}

[[noreturn]] void fail_unordered(const Value& left, const Value& right) {
  for (const Value* value : {&left, &right}) {
    if (value->is_undefined()) throw TemplateError(value->undefined_reason());
  }
  throw TemplateError("values of the types '" + std::string(left.type_name()) +
                      "' and '" + std::string(right.type_name()) +
                      "' have no order");
}

// `on_equal` is the answer where both are equal: the difference between
// "less" and "less or equal".
bool ordered(Budget& budget, const Value& left, const Value& right,
             bool on_equal) {
  budget.spend_steps();
  if (left.is_number() && right.is_number()) {
    const NumberOrder order = compare_numbers(left, right);
    return order == NumberOrder::kLess ||
           (order == NumberOrder::kEqual && on_equal);
  }
  if (left.is_string() && right.is_string()) {
    budget.spend_bytes(std::min(left.text().size(), right.text().size()));
    const int order = left.text().compare(right.text());
    return order < 0 || (order == 0 && on_equal);
  }
  const bool sequences = is_ordered_sequence(left) &&
                         is_ordered_sequence(right) &&
                         left.sequence().type == right.sequence().type;
  if (!sequences) fail_unordered(left, right);
  const auto& a = left.items();
  const auto& b = right.items();
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (!equals(budget, a[i], b[i])) {
      return ordered(budget, a[i], b[i], on_equal);
    }
  }
  return a.size() < b.size() || (a.size() == b.size() && on_equal);
}

bool contains_text(Budget& budget, const Value& text, const Value& part) {
  if (!part.is_string()) {
    throw TemplateError(
        "only a string can be in a string, not a value of "
        "type '" +
        std::string(part.type_name()) + "'");
  }
  budget.spend_bytes(text.text().size() + part.text().size());
  return find_text(text.text(), part.text(), 0) != std::string::npos;
}

}  // namespace

NumberOrder compare_numbers(const Value& left, const Value& right) {
  if (left.is_float() && right.is_float()) {
    return order_of(left.as_double(), right.as_double());
  }
  if (left.is_float()) {
    return reversed(compare_mixed(right.as_integer(), left.as_double()));
  }
  if (right.is_float()) {
    return compare_mixed(left.as_integer(), right.as_double());
  }
  return order_of(left.as_integer(), right.as_integer());
}

bool equals(Budget& budget, const Value& left, const Value& right) {
  budget.spend_steps();
  if (left.is_number() && right.is_number()) {
    return compare_numbers(left, right) == NumberOrder::kEqual;
  }
  if (left.is_string() && right.is_string()) {
    if (left.text().size() != right.text().size()) return false;
    budget.spend_bytes(left.text().size());
    return left.text() == right.text();
  }
  if (left.is_sequence() && right.is_sequence()) {
    return sequences_equal(budget, left, right);
  }
  if (left.is_dict() && right.is_dict()) {
    return dicts_equal(budget, left.dict(), right.dict());
  }
  return left.same_object(right);
}

bool less_than(Budget& budget, const Value& left, const Value& right) {
  return ordered(budget, left, right, false);
}

bool less_equal(Budget& budget, const Value& left, const Value& right) {
  return ordered(budget, left, right, true);
}

bool contains(Budget& budget, const Value& container, const Value& item) {
  if (container.is_string()) return contains_text(budget, container, item);
  if (container.is_dict()) {
    require_hashable(budget, item);
    return container.dict().find(item) != nullptr;
  }
  for (const Value& candidate : iterate(budget, container)) {
    if (equals(budget, candidate, item)) return true;
  }
  return false;
}

}  // namespace etllm::chat::jinja
